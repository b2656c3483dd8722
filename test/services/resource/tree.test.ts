import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { system } from '../../../src/services/kernel/actor.ts'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { maxDepth, type ParsedResource } from '../../../src/services/kernel/resourceInput.ts'
import { withTreeLock } from '../../../src/services/locking/treeLocks.ts'
import { upsertResource } from '../../../src/services/resource/tree.ts'
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts'

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
})
afterAll(async () => {
  await database?.$disconnect()
  await testDatabase?.drop()
})

/** From the lowest to the highest: each one's parent is the next, and what the last one's is stays. */
const chain = (names: readonly string[]): ParsedResource | undefined => {
  const [externalId, ...above] = names
  return externalId === undefined ? undefined : { source: 'default', type: 'unit', externalId, parent: chain(above) }
}

/** The paths of the refusal; null where there was none. */
const settle = (names: readonly string[]): Promise<string[] | null> => {
  const input = chain(names)
  if (input === undefined) throw new Error('a chain has at least one link')
  return withTreeLock(database, 'resources', (transaction) => upsertResource(transaction, system, input)).then(
    () => null,
    (error: unknown) => {
      if (error instanceof InvalidInputError) return error.fields.map(({ path }) => path)
      throw error
    },
  )
}

const clear = async () => {
  await database.resource.updateMany({ data: { parentId: null } })
  await database.resource.deleteMany()
}

/** The numbers of parents, by name. */
const depths = async (): Promise<Map<string, number>> => {
  const rows = new Map((await database.resource.findMany()).map((row) => [row.id, row]))
  const depthOf = (parentId: string | null): number =>
    parentId === null ? 0 : 1 + depthOf(rows.get(parentId)?.parentId ?? null)
  return new Map([...rows.values()].map(({ externalId, parentId }) => [externalId, depthOf(parentId)]))
}

const numberedNames = (name: string, length: number): string[] =>
  Array.from({ length }, (_, index) => `${name}${index}`)

describe('the tree of resources', () => {
  it('refuses a move that would push what lies below too deep, and names the parent that does it', async () => {
    await clear()
    const [low, high] = [numberedNames('low', 6), numberedNames('high', 6)]
    expect(await settle(low)).toBeNull()
    expect(await settle(high)).toBeNull()
    // Six on top of six make eleven parents for the lowest.
    expect(await settle(['low5', ...high])).toEqual(['resource.parent'])
    expect(await settle(['new', 'low5', ...high])).toEqual(['resource.parent.parent'])
    expect((await depths()).get('low0')).toBe(5)
    expect(await settle(['low4', ...high])).toBeNull()
    expect((await depths()).get('low0')).toBe(10)
    expect(await settle(['low0'])).toBeNull()
    expect(await settle(['beside', 'low1'])).toBeNull()
  })

  it('counts what is there, not what an LMS has removed', async () => {
    await clear()
    await settle(numberedNames('low', 6))
    await settle(numberedNames('high', 6))
    await database.resource.updateMany({ where: { externalId: 'low0' }, data: { deletedAt: new Date() } })
    expect(await settle(['low5', ...numberedNames('high', 6)])).toBeNull()
  })

  it('is never deeper than it may be, nor a circle, and a refusal leaves it as it was', async () => {
    const names = fc.shuffledSubarray(numberedNames('unit', 14), { minLength: 1, maxLength: 7 })
    const counts = { refused: 0, settled: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 4, maxLength: 10 }), async (steps) => {
        await clear()
        for (const step of steps) {
          const before = await depths()
          const refused = await settle(step)
          const after = await depths()
          counts[refused === null ? 'settled' : 'refused']++
          if (refused !== null) expect(after).toEqual(before)
          expect(Math.max(...after.values())).toBeLessThanOrEqual(maxDepth)
        }
        for (const name of (await depths()).keys()) expect(await settle([name])).toBeNull()
      }),
      { numRuns: 25 },
    )
    expect(Math.min(counts.refused, counts.settled)).toBeGreaterThan(0)
  })
})
