import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLog } from '../../../src/adapters/log.ts'
import { createHeads } from '../../../src/services/eventLog/heads.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChain()
})
afterAll(() => world?.close())

it('are kept also where storage forbids that old ones are removed, which is said once', async () => {
  await world.owner.query(`
    INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
    SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}' FROM generate_series(1, 200)`)
  await world.settle()
  const { rows } = await world.owner.query(
    `SELECT "position"::int, encode("hash", 'hex') AS hash FROM "EventChain" ORDER BY "position"`,
  )
  const log = { ...createLog('silent'), warn: vi.fn() }
  const storage = { ...world.storage, remove: () => Promise.reject(new Error('forbidden')) }
  const heads = createHeads({ storage, database: world.database, log })
  for (const head of rows) await heads.keep(head)
  expect(await heads.list()).toEqual(rows)
  expect(log.warn).toHaveBeenCalledTimes(1)
})
