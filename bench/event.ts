import { measureAppending } from './event/append.ts'
import { measureFollowing } from './event/follow.ts'
import { measureLarge } from './event/large.ts'
import type { Figure } from './figures.ts'

export const title = 'log: what the chain costs a mutation, reading and verifying many events, following them'

export const run = async (): Promise<Figure[]> => [
  ...(await measureAppending()),
  ...(await measureFollowing()),
  ...(await measureLarge()),
]
