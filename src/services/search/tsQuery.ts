import type { Candidate } from './spelling.ts'

/** Part of a `tsquery` that one of the readings is present. Words have no quotes or backslashes. */
export const anyOf = <Reading extends Candidate>(
  readings: readonly Reading[],
  labelsOf: (reading: Reading) => string = () => '',
): string => {
  const lexeme = (reading: Reading) => {
    const labels = `${reading.isPrefix ? '*' : ''}${labelsOf(reading)}`
    return `'${reading.word}'${labels === '' ? '' : `:${labels}`}`
  }
  const [pairs, words] = [readings.filter(({ isPair }) => isPair), readings.filter(({ isPair }) => !isPair)]
  const choices = [...words.map(lexeme), ...(pairs.length > 0 ? [`(${pairs.map(lexeme).join(' & ')})`] : [])]
  return `(${choices.join(' | ')})`
}

/** A word is its own prefix: querying both would read its place in the index twice. */
const withoutPrefixed = (readings: readonly Candidate[]): Candidate[] => {
  const prefixes = new Set(readings.filter(({ isPrefix }) => isPrefix).map(({ word }) => word))
  return readings.filter(({ word, isPrefix }) => isPrefix || !prefixes.has(word))
}

const endingLabel = ({ isEnding }: Candidate): string => (isEnding ? 'BC' : '')

/**
 * Builds a `tsquery` that requires every word in one of its readings, and the words of a compound (`node.js`) next to each
 * other. Tags and file names have no positions: there it is enough that they have all of these words.
 */
export const toTsQuery = (words: readonly (readonly Candidate[])[], compounds: readonly number[][]): string => {
  const readings = words.map(withoutPrefixed)
  const joined = new Set(compounds.flat())
  const single = readings.filter((_, index) => !joined.has(index)).map((choices) => anyOf(choices, endingLabel))
  const together = compounds.map((indexes) => {
    const parts = indexes.map((index) => readings[index] ?? [])
    const inTitle = parts.map((choices) => anyOf(choices)).join(' <-> ')
    const elsewhere = parts.map((choices) => anyOf(choices, () => 'BC')).join(' & ')
    return `(${inTitle} | ${elsewhere})`
  })
  return [...single, ...together].join(' & ')
}
