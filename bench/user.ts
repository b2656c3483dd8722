import type pg from 'pg'
import { seedLearners } from '../prisma/seed/users.ts'
import { openDatabase } from '../src/adapters/database.ts'
import { createLog } from '../src/adapters/logger.ts'
import { system } from '../src/services/kernel/actor.ts'
import { createUserList } from '../src/services/user/list.ts'
import { atMost, type Figure, percentile, say, shown } from './figures.ts'
import { openWorld } from './world.ts'

const size = Number(process.env.BENCH_USERS ?? 100_000)
const limitMs = 50
const rounds = 20

export const title = `people: users at ${size} users, one caller`

const cases: [name: string, search: string | null][] = [
  ['everybody', null],
  ['a full name', 'Sophie Müller'],
  ['a common given name', 'anna'],
  ['one letter', 's'],
  ['two beginnings', 'an mü'],
  ['another spelling', 'Sofie Mueller'],
  ['one typo', 'katarhina'],
  ['two typos', 'sebstien papadopulos'],
  ['a rare surname', 'halbodo'],
  ['nothing like it', 'xyzzyqwv'],
  ['an external id', 'learner-4711'],
  ['the beginning of an external id', 'learner-47'],
  ['the beginning of all external ids', 'learner-'],
  ['eight letters', 'a b c d e f g h'],
]

const seed = async (pool: pg.Pool): Promise<void> => {
  const client = await pool.connect()
  await seedLearners(client, size).finally(() => client.release())
  await pool.query('VACUUM ANALYZE')
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  say(`seeding ${size} users …`)
  await seed(world.database)
  const database = openDatabase({ url: world.env.DATABASE_URL ?? '', log: createLog('error') })
  const { list } = createUserList(database)

  /** A page from the beginning, one after it, and one from the end; and how many there are. */
  const measure = async (search: string | null) => {
    const listMs: number[] = []
    const countMs: number[] = []
    const timed = async <Value>(into: number[], work: () => Promise<Value>): Promise<Value> => {
      const began = performance.now()
      const value = await work()
      into.push(performance.now() - began)
      return value
    }
    let found = 0
    for (let round = 0; round < rounds; round++) {
      const page = await timed(listMs, () => list(system, { search, first: 50 }, {}))
      await timed(listMs, () => list(system, { search, first: 50, after: page.pageInfo.endCursor }, {}))
      await timed(listMs, () => list(system, { search, last: 50 }, {}))
      if (round < 3) found = await timed(countMs, page.totalCount)
    }
    return { listMs, countMs, found }
  }

  try {
    const figures: Figure[] = []
    for (const [name, search] of cases) {
      await measure(search) // warms caches and connections
      const { listMs, countMs, found } = await measure(search)
      const note = ` (p50 ${shown(percentile(listMs, 0.5))} ms, totalCount p95 ${shown(percentile(countMs, 0.95))} ms: ${found})`
      figures.push(atMost(`${name}: p95`, percentile(listMs, 0.95), limitMs, ' ms', note))
    }
    return figures
  } finally {
    await database.$disconnect()
  }
}
