import type { Transaction } from '../kernel/ports.ts'

/** Number of each tree's advisory lock: a tree is changed as a whole and cannot be locked row by row. */
const lockNumbers = { folders: 1, resources: 2 } as const
export type TreeName = keyof typeof lockNumbers

/**
 * Locks a tree in the whole system until the transaction ends: moves of branches must not make a cycle, and a resource
 * that is being deleted must get no new links. Every transaction that adds links (link, restore, merge) locks `resources`.
 * The tree lock comes first, before any user or media is locked: pass `tree` to `lanes.run`, which takes it there.
 */
export const lockTree = async (transaction: Transaction, tree: TreeName): Promise<void> => {
  await transaction.$queryRaw`SELECT pg_advisory_xact_lock(7301, ${lockNumbers[tree]}::int)::text`
}
