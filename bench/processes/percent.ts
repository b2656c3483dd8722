/** Encodes the number of a message as a percentage. */
export const percentOf = (n: number, messages: number): number => (100 * (n + 1)) / (messages + 2)

/** Returns the number of the message that a percentage encodes. */
export const numberOf = (percent: number, messages: number): number => Math.round((percent * (messages + 2)) / 100) - 1
