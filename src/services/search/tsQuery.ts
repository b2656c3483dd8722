import type { Candidate } from './spelling.ts'

/** Builds a `tsquery` that requires every word in one of its readings. Words are letters and digits only. */
export const toTsQuery = (candidates: readonly (readonly Candidate[])[]): string =>
  candidates
    .map((choices) => {
      // A word is its own prefix: querying both would read its place in the index twice.
      const prefixes = new Set(choices.filter(({ isPrefix: prefix }) => prefix).map(({ word }) => word))
      const distinctChoices = choices.filter(({ word, isPrefix: prefix }) => prefix || !prefixes.has(word))
      return `(${distinctChoices.map(({ word, isPrefix: prefix }) => `'${word}'${prefix ? ':*' : ''}`).join(' | ')})`
    })
    .join(' & ')
