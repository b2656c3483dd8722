/** A word that somebody searches for, and what the library knows about it. */
export interface LookedUpWord {
  word: string
  /** Some media holds or held exactly this word. */
  known: boolean
  /** Some word begins with it. */
  begun: boolean
  /** Known words that look like it. */
  neighbours: readonly string[]
}

/** One word that would do in place of word number `index`, and how well: 1 for itself. */
export interface Candidate {
  index: number
  word: string
  prefix: boolean
  weight: number
}

const maxCorrections = 10
const minPrefixLength = 3

/** How many letters are wrong, missing, too many or swapped with their neighbour. */
export const editDistance = (left: string, right: string): number => {
  const [from, to] = [[...left], [...right]]
  let rowBeforePrevious: number[] = []
  let previousRow = to.map((_, index) => index + 1)
  previousRow.unshift(0)
  for (const [i, letter] of from.entries()) {
    const row = [i + 1]
    for (const [j, other] of to.entries()) {
      const at = (list: number[], index: number) => list[index] ?? 0
      let best = Math.min(at(previousRow, j + 1) + 1, at(row, j) + 1, at(previousRow, j) + (letter === other ? 0 : 1))
      if (i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other)
        best = Math.min(best, at(rowBeforePrevious, j - 1) + 1)
      row.push(best)
    }
    ;[rowBeforePrevious, previousRow] = [previousRow, row]
  }
  return previousRow.at(-1) ?? 0
}

/** A word that exists is seldom a typo, and short words are close to many others. */
const maxTypos = ({ word, known, begun }: LookedUpWord): number => {
  const { length } = [...word]
  if (known || begun) return length >= 6 ? 1 : 0
  if (length <= 2) return 0
  if (length <= 4) return 1
  return length <= 9 ? 2 : 3
}

const weights = [1, 0.6, 0.4, 0.25]

/** The nearest known words: with one typo where there is such a word, else with two, else with three. */
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

// A Latin prefix of two letters says little; in other scripts two signs may be a word.
const canBePrefix = (word: string): boolean => [...word].length >= minPrefixLength || /[^\p{ASCII}]/u.test(word)

/** All that a word may stand for: itself, words that it begins, and what may have been meant. */
export const candidatesOf = (entry: LookedUpWord, index: number): Candidate[] => [
  { index, word: entry.word, prefix: false, weight: 1 },
  ...(canBePrefix(entry.word) ? [{ index, word: entry.word, prefix: true, weight: 0.8 }] : []),
  ...correctionsOf(entry).map(({ word, weight }) => ({ index, word, prefix: false, weight })),
]

/** In PostgreSQL's language: every word in one of its readings. Words are letters and digits only. */
export const toTsQuery = (candidates: readonly (readonly Candidate[])[]): string =>
  candidates
    .map((choices) => {
      // A word begins with itself: asked for twice, its place in the index is read twice.
      const prefixes = new Set(choices.filter(({ prefix }) => prefix).map(({ word }) => word))
      const distinctChoices = choices.filter(({ word, prefix }) => prefix || !prefixes.has(word))
      return `(${distinctChoices.map(({ word, prefix }) => `'${word}'${prefix ? ':*' : ''}`).join(' | ')})`
    })
    .join(' & ')
