import { expect, onTestFinished } from 'vitest'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/mediaIt.ts'
import { seedUserId } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

/** Counts the statements of a subscription to this number of running operations, with the reads of all of them. */
const countStatements = async (world: World, count: number): Promise<number> => {
  const { services, ports } = world.runtime
  const userId = uuidOf(await seedUserId(world))
  const row = { kind: 'media.tag', errorPolicy: 'REJECT_FAILED_ROWS', input: {}, total: 1 } as const
  const data = Array.from({ length: count }, () => ({
    ...row,
    requestedRole: 'EDITOR' as const,
    requestedById: userId,
  }))
  await ports.database.operation.createMany({ data })
  const ids = new Set<string>()
  const statements = await world.captureStatements(async () => {
    const events = await services.subscriptions.ownOperations({ type: 'user', userId, role: 'EDITOR', requestId: null })
    onTestFinished(async () => void (await events.return?.()))
    while (ids.size < count) {
      const { value } = await events.next()
      ids.add((await value.read({ select: { id: true, kind: true } })).id)
    }
  })
  expect(ids.size).toBe(count)
  // The reconciliation reads operations by the clock; none is due within the first seconds.
  return statements.filter((sql) => sql.includes('"Operation"')).length
}

it('operationsProgress begins with as many statements for 10 running operations as for one', async ({ world }) => {
  const single = await countStatements(world, 1)
  expect(await countStatements(world, 10)).toBe(single)
})
