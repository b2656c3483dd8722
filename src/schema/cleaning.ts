/** Sentence of a description about a text that is cleaned instead of refused (`kernel/cleanText.ts`). */
export const cleaning = (maxLength: number): string =>
  `Control characters and text direction marks are dropped, white space becomes single blanks, and what exceeds ${maxLength} characters is cut.`
