/** A word that somebody searches for, and what the library knows about it. */
export interface Asked {
  word: string
  /** Some media holds or held exactly this word. */
  known: boolean
  /** Some word begins with it. */
  begun: boolean
  /** Known words that look like it. */
  neighbours: readonly string[]
}

/** One word that would do in place of word number `index`, and how well: 1 for itself. */
export interface Reading {
  index: number
  word: string
  prefix: boolean
  weight: number
}

const mostCorrections = 10
const shortestPrefix = 3

/** How many letters are wrong, missing, too many or swapped with their neighbour. */
export const typosBetween = (left: string, right: string): number => {
  const [from, to] = [[...left], [...right]]
  let before: number[] = []
  let above = to.map((_, index) => index + 1)
  above.unshift(0)
  for (const [i, letter] of from.entries()) {
    const row = [i + 1]
    for (const [j, other] of to.entries()) {
      const at = (list: number[], index: number) => list[index] ?? 0
      let best = Math.min(at(above, j + 1) + 1, at(row, j) + 1, at(above, j) + (letter === other ? 0 : 1))
      if (i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other) best = Math.min(best, at(before, j - 1) + 1)
      row.push(best)
    }
    ;[before, above] = [above, row]
  }
  return above.at(-1) ?? 0
}

/** A word that exists is seldom a typo, and short words are close to many others. */
const mostTypos = ({ word, known, begun }: Asked): number => {
  const { length } = [...word]
  if (known || begun) return length >= 6 ? 1 : 0
  if (length <= 2) return 0
  if (length <= 4) return 1
  return length <= 9 ? 2 : 3
}

const weights = [1, 0.6, 0.4, 0.25]

/** The nearest known words: with one typo where there is such a word, else with two, else with three. */
const correctionsOf = (asked: Asked): { word: string; weight: number }[] => {
  const most = mostTypos(asked)
  const found = asked.neighbours
    .map((word) => ({ word, typos: typosBetween(asked.word, word) }))
    .filter(({ typos }) => typos > 0 && typos <= most)
  const fewest = Math.min(...found.map(({ typos }) => typos))
  return found
    .filter(({ typos }) => typos === fewest)
    .slice(0, mostCorrections)
    .map(({ word, typos }) => ({ word, weight: weights[typos] ?? 0 }))
}

// A Latin prefix of two letters says little; in other scripts two signs may be a word.
const mayBegin = (word: string): boolean => [...word].length >= shortestPrefix || /[^\p{ASCII}]/u.test(word)

/** All that a word may stand for: itself, words that it begins, and what may have been meant. */
export const readingsOf = (asked: Asked, index: number): Reading[] => [
  { index, word: asked.word, prefix: false, weight: 1 },
  ...(mayBegin(asked.word) ? [{ index, word: asked.word, prefix: true, weight: 0.8 }] : []),
  ...correctionsOf(asked).map(({ word, weight }) => ({ index, word, prefix: false, weight })),
]

/** In PostgreSQL's language: every word in one of its readings. Words are letters and digits only. */
export const queryOf = (readings: readonly (readonly Reading[])[]): string =>
  readings
    .map((choices) => {
      // A word begins with itself: asked for twice, its place in the index is read twice.
      const begun = new Set(choices.filter(({ prefix }) => prefix).map(({ word }) => word))
      const needed = choices.filter(({ word, prefix }) => prefix || !begun.has(word))
      return `(${needed.map(({ word, prefix }) => `'${word}'${prefix ? ':*' : ''}`).join(' | ')})`
    })
    .join(' & ')
