import pg from 'pg'
import { seedLibrary } from '../prisma/seed/library.ts'
import { formatNumber, logProgress } from './figures.ts'
import { openWorld } from './world.ts'

/** Opens the database at `BENCH_FIND_URL`, which is already seeded, or a new one that it fills with a library of this size. */
export const openSeededDatabase = async (size: number) => {
  const url = process.env.BENCH_FIND_URL
  if (url) return { url, pool: new pg.Pool({ connectionString: url, max: 2 }), close: async () => undefined }
  const world = await openWorld()
  const client = await world.database.connect()
  logProgress(`seeding ${size} media …`)
  const startMs = performance.now()
  await seedLibrary(client, size, { variedTitles: true }).finally(() => client.release())
  logProgress(`seeded in ${formatNumber((performance.now() - startMs) / 1000)} s`)
  return { url: world.env.DATABASE_URL ?? '', pool: world.database, close: () => world[Symbol.asyncDispose]() }
}
