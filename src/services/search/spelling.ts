import { editDistance } from './editDistance.ts'

/** Word of a search text, and what the library knows about it. */
export interface LookedUpWord {
  word: string
  /** Some media contains or contained exactly this word. */
  known: boolean
  /** Some longer word begins with it. */
  begun: boolean
  /** Known words that look like it. */
  neighbours: readonly string[]
  /** In a script without blanks: its pairs of neighbouring letters, and its last letter. */
  pairs: readonly string[]
  /** All longer words that begin with it; null if they are too many or not known. */
  completions: readonly string[] | null
}

/** Word that may replace word number `index`, and how well it fits: 1 for the word itself. */
export interface Candidate {
  index: number
  word: string
  isPrefix: boolean
  weight: number
  /** All words that a prefix finds besides the prefix itself, if they are known. */
  completions?: readonly string[]
  /** Pair of letters: stands for the word together with the other pairs of the same index. */
  isPair?: boolean
  /** Only in file names and tags: `.pdf` finds the ending as well. */
  isEnding?: boolean
}

const maxCorrections = 10
const minPrefixLength = 3

/** Length from which a known word may be a typo of another. */
export const minCorrectedLength = 6

/** Returns how many typos to assume: an existing word is seldom a typo, and short words are close to many others. */
const maxTypos = ({ word, known, begun }: LookedUpWord): number => {
  const { length } = [...word]
  if (known || begun) return length >= minCorrectedLength ? 1 : 0
  if (length <= 2) return 0
  if (length <= 4) return 1
  return length <= 9 ? 2 : 3
}

const weights = [1, 0.6, 0.4, 0.25]

/** Returns the nearest known words: with one typo if there are any, else with two, else with three. */
const correctionsOf = (entry: LookedUpWord): { word: string; weight: number }[] => {
  const limit = maxTypos(entry)
  const corrections = entry.neighbours
    .map((word) => ({ word, typos: editDistance(entry.word, word) }))
    .filter(({ typos }) => typos > 0 && typos <= limit)
  const minTypos = Math.min(...corrections.map(({ typos }) => typos))
  return corrections
    .filter(({ typos }) => typos === minTypos)
    .slice(0, maxCorrections)
    .map(({ word, typos }) => ({ word, weight: weights[typos] ?? 0 }))
}

// A Latin prefix of two letters says little; in other scripts two characters may be a word.
const canBePrefix = (word: string): boolean => [...word].length >= minPrefixLength || /[^\p{ASCII}]/u.test(word)

const prefixOf = ({ word, completions }: LookedUpWord, index: number): Candidate => ({
  index,
  word,
  isPrefix: true,
  weight: 0.8,
  ...(completions === null ? {} : { completions }),
})

/** A word of two letters is a pair itself. */
const pairsOf = ({ pairs }: LookedUpWord): readonly string[] => (pairs.length > 2 ? pairs.slice(0, -1) : [])

/**
 * Returns the readings of a word: the word itself, words that begin with it, longer runs without blanks that contain it,
 * and corrections.
 */
export const candidatesOf = (entry: LookedUpWord, index: number): Candidate[] => [
  { index, word: entry.word, isPrefix: false, weight: 1 },
  ...(canBePrefix(entry.word) ? [prefixOf(entry, index)] : []),
  ...pairsOf(entry).map((word) => ({ index, word, isPrefix: false, weight: 0.7, isPair: true })),
  ...(entry.word.startsWith('.')
    ? [{ index, word: entry.word.slice(1), isPrefix: false, weight: 0.5, isEnding: true }]
    : []),
  ...correctionsOf(entry).map(({ word, weight }) => ({ index, word, isPrefix: false, weight })),
]
