import { describe, expect, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { type Checkpoint, createCheckpoints } from '../../../src/services/event/checkpoints.ts'
import type { ChainWorld } from '../../harness/chain.ts'
import { it } from '../../harness/chainIt.ts'

/** Adds `count` events to the log; returns the end of the chain at each position. */
const growLog = async (world: ChainWorld, count: number): Promise<Checkpoint[]> => {
  await world.appendEvents(count)
  const { rows } = await world.ownerClient.query(
    `SELECT "position"::int, encode("hash", 'hex') AS hash FROM "EventChain" ORDER BY "position"`,
  )
  return rows
}

describe('checkpoints', () => {
  /** Saves 200 checkpoints in a storage that forbids removal. */
  const saveWithoutRemoval = async (world: ChainWorld) => {
    const rows = await growLog(world, 200)
    const log = { ...createLogger('silent'), warn: vi.fn() }
    const storage = { ...world.storage, remove: () => Promise.reject(new Error('forbidden')) }
    const checkpoints = createCheckpoints({ storage, database: world.database, log })
    for (const checkpoint of rows) await checkpoints.save(checkpoint)
    return { rows, log, checkpoints }
  }

  it('are all kept if storage forbids removal', async ({ world }) => {
    const { rows, checkpoints } = await saveWithoutRemoval(world)
    expect(await checkpoints.list()).toEqual(rows)
  })

  it('cause one warning if storage forbids removal', async ({ world }) => {
    const { log } = await saveWithoutRemoval(world)
    expect(log.warn).toHaveBeenCalledTimes(1)
  })

  it('are pruned less and less often while storage forbids removal', async ({ world }) => {
    const [checkpoint] = await growLog(world, 200)
    if (checkpoint === undefined) throw new Error('no checkpoint')
    let isForbidden = true
    let attempts = 0
    const list = async (): Promise<string[]> => {
      attempts++
      if (isForbidden) throw new Error('forbidden')
      return []
    }
    const storage = { ...world.storage, put: async () => undefined, list }
    const checkpoints = createCheckpoints({ storage, database: world.database, log: createLogger('silent') })
    const saveMany = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) await checkpoints.save(checkpoint)
    }
    await saveMany(6400)
    expect(attempts).toBeLessThan(10)
    // Once removal succeeds, pruning returns to its usual rate.
    isForbidden = false
    await saveMany(6400)
    attempts = 0
    await saveMany(640)
    expect(attempts).toBe(10)
  })

  it('are compared with the chain at most a thousand at a time', async ({ world }) => {
    const rows = await growLog(world, 2600)
    const removedKeys: string[] = []
    const storage = {
      ...world.storage,
      put: async () => undefined,
      list: async () => rows.map(({ position, hash }) => `log/heads/${String(position).padStart(16, '0')}-${hash}`),
      remove: async (key: string) => void removedKeys.push(key),
    }
    const checkpoints = createCheckpoints({ storage, database: world.database, log: createLogger('silent') })
    world.statements.length = 0
    await Promise.all(rows.slice(-1).map(checkpoints.save))
    const parameterCounts = world.statements.map((sql) => new Set(sql.match(/\$\d+/g)).size)
    expect(removedKeys.length).toBeGreaterThan(2000)
    expect(parameterCounts.length).toBeGreaterThan(2)
    expect(Math.max(...parameterCounts)).toBeLessThan(1010)
  })
})
