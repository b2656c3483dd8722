import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { type Checkpoint, createCheckpoints } from '../../../src/services/event/checkpoints.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

let world: ChainWorld
const statements: string[] = []
beforeAll(async () => {
  world = await openChainWorld((sql) => void statements.push(sql))
})
afterAll(() => world?.close())

/** Of a log that has grown by so many events. */
const growLog = async (count: number): Promise<Checkpoint[]> => {
  await world.ownerClient.query(`
    INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
    SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}' FROM generate_series(1, ${count})`)
  await world.sequencePending()
  const { rows } = await world.ownerClient.query(
    `SELECT "position"::int, encode("hash", 'hex') AS hash FROM "EventChain" ORDER BY "position"`,
  )
  return rows
}

it('are kept also where storage forbids that old ones are removed, which is said once', async () => {
  const rows = await growLog(200)
  const log = { ...createLogger('silent'), warn: vi.fn() }
  const storage = { ...world.storage, remove: () => Promise.reject(new Error('forbidden')) }
  const checkpoints = createCheckpoints({ storage, database: world.database, log })
  for (const checkpoint of rows) await checkpoints.save(checkpoint)
  expect(await checkpoints.list()).toEqual(rows)
  expect(log.warn).toHaveBeenCalledTimes(1)
})

it('are tried to be removed ever less often while that is forbidden, and as often as before once it is not', async () => {
  const [checkpoint] = await growLog(200)
  if (checkpoint === undefined) throw new Error('no head')
  let isForbidden = true
  let tries = 0
  const list = async (): Promise<string[]> => {
    tries++
    if (isForbidden) throw new Error('forbidden')
    return []
  }
  const storage = { ...world.storage, put: async () => undefined, list }
  const checkpoints = createCheckpoints({ storage, database: world.database, log: createLogger('silent') })
  const saveMany = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await checkpoints.save(checkpoint)
  }
  await saveMany(6400)
  expect(tries).toBeLessThan(10)
  isForbidden = false
  await saveMany(6400)
  tries = 0
  await saveMany(640)
  expect(tries).toBe(10)
})

it('are compared with the chain a thousand at a time, however many there are', async () => {
  const rows = await growLog(2600)
  const removed: string[] = []
  const storage = {
    ...world.storage,
    put: async () => undefined,
    list: async () => rows.map(({ position, hash }) => `log/heads/${String(position).padStart(16, '0')}-${hash}`),
    remove: async (key: string) => void removed.push(key),
  }
  const checkpoints = createCheckpoints({ storage, database: world.database, log: createLogger('silent') })
  statements.length = 0
  await Promise.all(rows.slice(-1).map(checkpoints.save))
  const parameterCounts = statements.map((sql) => new Set(sql.match(/\$\d+/g)).size)
  expect(removed.length).toBeGreaterThan(2000)
  expect(parameterCounts.length).toBeGreaterThan(2)
  expect(Math.max(...parameterCounts)).toBeLessThan(1010)
})
