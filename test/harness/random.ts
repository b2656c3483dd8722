import fc from 'fast-check'

/** Random choices that the same seed repeats. */
export interface Random {
  /** Integer from `min` to `max`. */
  integer(min: number, max: number): number
  chance(probability: number): boolean
  one<Item>(items: readonly Item[]): Item
  /** Subset in the order of the list. */
  some<Item>(items: readonly Item[], probability: number): Item[]
  valueOf<Value>(arbitrary: fc.Arbitrary<Value>): Value
}

/** Creates choices from a seed, by mulberry32. */
export const createRandom = (seed: number): Random => {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  const chance = (probability: number): boolean => next() < probability
  return {
    integer,
    chance,
    one<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new Error('There is nothing to choose from.')
      return items[integer(0, items.length - 1)] as Item // as: the index is inside the list
    },
    some: (items, probability) => items.filter(() => chance(probability)),
    valueOf<Value>(arbitrary: fc.Arbitrary<Value>): Value {
      return fc.sample(fc.noBias(arbitrary), { seed: integer(0, 2 ** 31), numRuns: 1 })[0] as Value // as: one run, one value
    },
  }
}
