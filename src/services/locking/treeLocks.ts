import { Prisma } from '../../../prisma/generated/client/client.ts'
import { firstStatement } from '../kernel/planHint.ts'
import type { Transaction } from '../kernel/ports.ts'
import { timeoutColumns } from './rowLocks.ts'

/** Number of each tree's advisory lock: a tree is changed as a whole and cannot be locked row by row. */
const lockNumbers = { folders: 1, resources: 2 } as const
export type TreeName = keyof typeof lockNumbers

/**
 * `exclusive` for a transaction that moves, deletes or restores nodes of the tree, since moves of branches must not make a
 * cycle, and a resource that is being deleted must get no new links. `shared` for one that only relies on the nodes that
 * exist, their parents and their deletion: it adds links or new nodes.
 */
export type TreeLockMode = 'shared' | 'exclusive'

/**
 * Locks a tree in the whole system until the transaction ends. Every transaction that adds links (link, restore, merge)
 * locks `resources`. The tree lock comes first, before any resource, user or media is locked: pass `tree` to `lanes.run`,
 * which takes it there. Never change the mode within a transaction: two that share the tree would wait for each other.
 */
export const lockTree = async (
  transaction: Transaction,
  tree: TreeName,
  mode: TreeLockMode = 'exclusive',
): Promise<void> => {
  if (mode === 'shared')
    await transaction.$queryRaw`SELECT pg_advisory_xact_lock_shared(7301, ${lockNumbers[tree]}::int)::text`
  else await transaction.$queryRaw`SELECT pg_advisory_xact_lock(7301, ${lockNumbers[tree]}::int)::text`
}

/**
 * Shares a tree like `lockTree`, without waiting, and limits the waits of this transaction like `setTimeouts`, in the same
 * statement, which is the first of its transaction. Resolves to false if another transaction locks the tree exclusively or
 * already waits for that.
 */
export const tryShareTree = async (
  transaction: Transaction,
  tree: TreeName,
  timeouts: { lockMs: number; statementMs: number },
): Promise<boolean> => {
  const number = Prisma.raw(String(lockNumbers[tree]))
  const [row] = await transaction.$queryRaw<[{ isShared: boolean }]>`${firstStatement}
    SELECT ${timeoutColumns(timeouts)}, pg_try_advisory_xact_lock_shared(7301, ${number}) AS "isShared"`
  return row.isShared
}
