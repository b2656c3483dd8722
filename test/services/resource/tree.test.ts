import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { systemActor } from '../../../src/services/kernel/actor.ts'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import type { Database, Transaction } from '../../../src/services/kernel/ports.ts'
import { maxParents, type ParsedResource } from '../../../src/services/kernel/resourceInput.ts'
import { createLanes } from '../../../src/services/locking/lanes.ts'
import { upsertResource } from '../../../src/services/resource/tree.ts'
import { it as base } from '../../harness/databaseIt.ts'

/** Builds a chain from the lowest to the topmost resource: each one's parent is the next, the last one keeps its parent. */
const createChain = (names: readonly string[]): ParsedResource | undefined => {
  const [externalId, ...parentNames] = names
  if (externalId === undefined) return undefined
  return { source: 'default', type: 'unit', externalId, parent: createChain(parentNames) }
}

const numberedNames = (name: string, length: number): string[] =>
  Array.from({ length }, (_, index) => `${name}${index}`)

const lowNames = numberedNames('low', 6)
const highNames = numberedNames('high', 6)

const createTree = (database: Database) => {
  const lanes = createLanes({ database, poolSize: databasePoolSize })

  /** Upserts a chain. Resolves to the paths of the refusal, or to null if it was accepted. */
  const upsertChain = (names: readonly string[]): Promise<string[] | null> => {
    const input = createChain(names)
    if (input === undefined) throw new Error('The chain is empty.')
    const work = (transaction: Transaction) => upsertResource(transaction, systemActor, input)
    return lanes.run('media', { activity: 'changes of resources', tree: 'resources' }, work).then(
      () => null,
      (error: unknown) => {
        if (error instanceof InvalidInputError) return error.fields.map(({ path }) => path)
        throw error
      },
    )
  }

  const clear = async (): Promise<void> => {
    await database.resource.updateMany({ data: { parentId: null } })
    await database.resource.deleteMany()
  }

  /** Creates two separate chains of six resources each; `low0` and `high0` have five parents. */
  const createTwoChains = async (): Promise<void> => {
    await clear()
    expect(await upsertChain(lowNames)).toBeNull()
    expect(await upsertChain(highNames)).toBeNull()
  }

  /** Number of parents of each resource, by name. */
  const readDepths = async (): Promise<Map<string, number>> => {
    const rows = new Map((await database.resource.findMany()).map((row) => [row.id, row]))
    const depthOf = (parentId: string | null): number =>
      parentId === null ? 0 : 1 + depthOf(rows.get(parentId)?.parentId ?? null)
    return new Map([...rows.values()].map(({ externalId, parentId }) => [externalId, depthOf(parentId)]))
  }

  return { upsertChain, clear, createTwoChains, readDepths }
}

const it = base.extend('tree', { scope: 'file' }, ({ database }) => createTree(database))

describe('the tree of resources', () => {
  it('refuses a move that gives a descendant eleven parents', async ({ tree }) => {
    await tree.createTwoChains()
    // Six resources below six others: the lowest one would get eleven parents.
    expect(await tree.upsertChain(['low5', ...highNames])).toEqual(['resource.parent'])
    expect((await tree.readDepths()).get('low0')).toBe(5)
  })

  it('names the parent in the chain whose move is refused', async ({ tree }) => {
    await tree.createTwoChains()
    expect(await tree.upsertChain(['new', 'low5', ...highNames])).toEqual(['resource.parent.parent'])
    expect((await tree.readDepths()).get('low0')).toBe(5)
  })

  it('accepts a move that gives a descendant ten parents', async ({ tree }) => {
    await tree.createTwoChains()
    expect(await tree.upsertChain(['low4', ...highNames])).toBeNull()
    expect((await tree.readDepths()).get('low0')).toBe(10)
  })

  it('accepts upserts of resources at the maximum depth', async ({ tree }) => {
    await tree.createTwoChains()
    await tree.upsertChain(['low4', ...highNames])
    expect(await tree.upsertChain(['low0'])).toBeNull()
    expect(await tree.upsertChain(['beside', 'low1'])).toBeNull()
  })

  it('does not count deleted descendants', async ({ database, tree }) => {
    await tree.createTwoChains()
    await database.resource.updateMany({ where: { externalId: 'low0' }, data: { deletedAt: new Date() } })
    expect(await tree.upsertChain(['low5', ...highNames])).toBeNull()
  })

  it('never exceeds the maximum depth, contains a cycle or changes on a refusal', async ({ tree }) => {
    const names = fc.shuffledSubarray(numberedNames('unit', 14), { minLength: 1, maxLength: 7 })
    const counts = { refused: 0, accepted: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 4, maxLength: 10 }), async (chains) => {
        await tree.clear()
        for (const chain of chains) {
          const previousDepths = await tree.readDepths()
          const refusedPaths = await tree.upsertChain(chain)
          const depths = await tree.readDepths()
          counts[refusedPaths === null ? 'accepted' : 'refused']++
          if (refusedPaths !== null) expect(depths).toEqual(previousDepths)
          expect(Math.max(...depths.values())).toBeLessThanOrEqual(maxParents)
        }
        for (const name of (await tree.readDepths()).keys()) expect(await tree.upsertChain([name])).toBeNull()
      }),
      { numRuns: 25 },
    )
    expect(Math.min(counts.refused, counts.accepted)).toBeGreaterThan(0)
  })
})
