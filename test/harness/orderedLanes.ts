import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../prisma/generated/client/client.ts'
import type { Lanes } from '../../src/services/locking/lanes.ts'
import { lockTree } from '../../src/services/locking/treeLocks.ts'

/** More connections than any test needs at a time, so that each transaction reaches its lock. */
const poolSize = 64

/**
 * Opens lanes without limits and retries: transactions queue for each lock in the database, in the order of their
 * arrival. They have connections of their own, so that any number of them can wait without delaying the test's queries.
 */
export const openOrderedLanes = (url: string | undefined): { lanes: Lanes; close(): Promise<void> } => {
  const database = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: poolSize }),
    transactionOptions: { maxWait: 20_000 },
  })
  const lanes: Lanes = {
    run: (_lane, { tree, workTimeoutMs = 30_000 }, work) =>
      database.$transaction(
        async (transaction) => {
          if (tree !== undefined) await lockTree(transaction, tree)
          return work(transaction)
        },
        { timeout: workTimeoutMs },
      ),
  }
  return { lanes, close: () => database.$disconnect() }
}
