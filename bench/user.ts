import type pg from 'pg'
import { seedLearners } from '../prisma/seed/users.ts'
import { openDatabase } from '../src/adapters/database.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { systemActor } from '../src/services/kernel/actor.ts'
import { createUserList } from '../src/services/user/list.ts'
import { atMost, type Figure, formatNumber, logProgress, percentile } from './figures.ts'
import { openWorld } from './world.ts'

const userCount = Number(process.env.BENCH_USERS ?? 100_000)
const limitMs = 50
const rounds = 20

export const title = `user: lists and searches at ${userCount} users, one caller`

const cases: [name: string, search: string | null][] = [
  ['all users', null],
  ['a full name', 'Sophie Müller'],
  ['a common given name', 'anna'],
  ['one letter', 's'],
  ['two prefixes', 'an mü'],
  ['a different spelling', 'Sofie Mueller'],
  ['one typo', 'katarhina'],
  ['two typos', 'sebstien papadopulos'],
  ['a rare surname', 'halbodo'],
  ['no match', 'xyzzyqwv'],
  ['an external id', 'learner-4711'],
  ['a prefix of an external id', 'learner-47'],
  ['the prefix of all external ids', 'learner-'],
  ['eight single letters', 'a b c d e f g h'],
]

const seed = async (pool: pg.Pool): Promise<void> => {
  const client = await pool.connect()
  await seedLearners(client, userCount).finally(() => client.release())
  await pool.query('VACUUM ANALYZE')
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  logProgress(`Seeding ${userCount} users …`)
  await seed(world.database)
  const database = openDatabase({ url: world.env.DATABASE_URL ?? '', log: createLogger('error') })
  const { list } = createUserList(database)

  /** Measures the first page, the page after it, the last page, and `totalCount`. */
  const measure = async (search: string | null) => {
    const listMs: number[] = []
    const countMs: number[] = []
    const measureTime = async <Value>(samples: number[], work: () => Promise<Value>): Promise<Value> => {
      const startMs = performance.now()
      const value = await work()
      samples.push(performance.now() - startMs)
      return value
    }
    let totalCount = 0
    for (let round = 0; round < rounds; round++) {
      const page = await measureTime(listMs, () => list(systemActor, { search, first: 50 }, {}))
      await measureTime(listMs, () => list(systemActor, { search, first: 50, after: page.pageInfo.endCursor }, {}))
      await measureTime(listMs, () => list(systemActor, { search, last: 50 }, {}))
      if (round < 3) totalCount = await measureTime(countMs, page.totalCount)
    }
    return { listMs, countMs, totalCount }
  }

  try {
    const figures: Figure[] = []
    for (const [name, search] of cases) {
      await measure(search) // warms caches and connections
      const { listMs, countMs, totalCount } = await measure(search)
      const note = ` (p50 ${formatNumber(percentile(listMs, 0.5))} ms, totalCount p95 ${formatNumber(percentile(countMs, 0.95))} ms: ${totalCount})`
      figures.push(atMost(`${name}: p95`, percentile(listMs, 0.95), limitMs, ' ms', note))
    }
    return figures
  } finally {
    await database.$disconnect()
  }
}
