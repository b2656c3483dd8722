import type { Candidate } from './spelling.ts'

/** Part of a `tsquery` that one of the readings is present. Words have no quotes or backslashes. */
export const anyOf = <Reading extends Candidate>(
  readings: readonly Reading[],
  labelsFor: (reading: Reading) => string = () => '',
): string => {
  const lexeme = (reading: Reading) => {
    const isOpen = reading.isPrefix && reading.completions === undefined
    const labels = `${isOpen ? '*' : ''}${labelsFor(reading)}`
    return [reading.word, ...(reading.completions ?? [])]
      .map((word) => `'${word}'${labels === '' ? '' : `:${labels}`}`)
      .join(' | ')
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

const labelsOf = ({ isEnding }: Candidate): string => (isEnding ? 'BC' : '')

/**
 * Condition for words that points join. They stand next to each other in a title; tags and file names have no positions,
 * so it is enough that these have all of the words. A point ends a word: only the last one can be the beginning of one,
 * and prefixes next to each other are slow to compare.
 */
const compoundOf = (words: readonly (readonly Candidate[])[]): string => {
  const whole = words.slice(0, -1).map((readings) => readings.filter(({ isPrefix }) => !isPrefix))
  const parts = [...whole, withoutPrefixed(words.at(-1) ?? [])]
  const inTitle = parts.map((readings) => anyOf(readings)).join(' <-> ')
  return `(${inTitle} | ${parts.map((readings) => anyOf(readings, () => 'BC')).join(' & ')})`
}

/** Builds a `tsquery` that requires every word in one of its readings. `compounds` are the indexes of joined words. */
export const toTsQuery = (words: readonly (readonly Candidate[])[], compounds: readonly number[][]): string => {
  const joined = new Set(compounds.flat())
  const single = words.filter((_, index) => !joined.has(index))
  return [
    ...single.map((readings) => anyOf(withoutPrefixed(readings), labelsOf)),
    ...compounds.map((indexes) => compoundOf(indexes.map((index) => words[index] ?? []))),
  ].join(' & ')
}

/**
 * Builds a `tsquery` of what an index of words knows: not where a word stands. It finds all that `toTsQuery` finds, and
 * more where words are joined or only endings of file names count.
 */
export const toWordQuery = (words: readonly (readonly Candidate[])[]): string =>
  words.map((readings) => anyOf(withoutPrefixed(readings))).join(' & ')
