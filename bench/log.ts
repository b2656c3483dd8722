import type { Figure } from './figures.ts'
import { measureAppending } from './log/append.ts'
import { measureFollowing } from './log/follow.ts'
import { measureLarge } from './log/large.ts'

export const title = 'log: what the chain costs a mutation, reading and verifying many events, following them'

export const run = async (): Promise<Figure[]> => [
  ...(await measureAppending()),
  ...(await measureFollowing()),
  ...(await measureLarge()),
]
