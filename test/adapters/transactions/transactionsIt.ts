import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { it as base } from '../../harness/databaseIt.ts'

/** Waits for a transaction and returns its outcome: its result, or the fields of its error that the services read. */
export const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (result) => ({ result }),
    (error: unknown) => {
      if (!(error instanceof Error)) throw error
      const { name, code, meta } = error as Error & { code?: unknown; meta?: { driverAdapterError?: Error } } // as: errors of Prisma
      const cause = meta?.driverAdapterError?.cause
      return { name, code, cause, metaKeys: Object.keys(meta ?? {}), message: error.message.split('\n').at(-1) }
    },
  )

/** `it` with two clients of one database: `direct` sends raw queries itself, `plain` leaves everything to Prisma. */
export const it = base
  .extend('direct', { scope: 'file' }, ({ database }) => database)
  .extend('plain', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
    const plain = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent'), compilesReads: false })
    onCleanup(() => plain.$disconnect())
    return plain
  })
  /** Runs the same work in a transaction of each client. */
  .extend('runBoth', ({ direct, plain }) => async (work: (transaction: Transaction) => Promise<unknown>) => {
    const ours = await outcomeOf(direct.$transaction(work))
    return { ours, prismas: await outcomeOf(plain.$transaction(work)) }
  })
