import { measureAppend } from './event/append.ts'
import { measureDelivery } from './event/follow.ts'
import { measureLargeLog } from './event/large.ts'
import type { Figure } from './figures.ts'

export const title =
  'event: cost of the hash chain per mutation, delivery to followers, reading and verifying a large log'

export const run = async (): Promise<Figure[]> => [
  ...(await measureAppend()),
  ...(await measureDelivery()),
  ...(await measureLargeLog()),
]
