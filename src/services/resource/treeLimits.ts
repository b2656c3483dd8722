import { InvalidInputError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { maxParents } from '../kernel/resourceInput.ts'

/** Follows the parents of a resource that was just moved: every cycle that the move can create passes through it. */
export const refuseCycle = async (transaction: Transaction, id: string, path: string): Promise<void> => {
  const ancestors = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE above AS (
      SELECT "id", "parentId", 0 AS "depth" FROM "Resource" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT parent."id", parent."parentId", above."depth" + 1
      FROM above JOIN "Resource" AS parent ON parent."id" = above."parentId" WHERE above."depth" <= ${maxParents}
    )
    SELECT "id" FROM above`
  if (ancestors.length - 1 <= maxParents) return
  const isCycle = new Set(ancestors.map((row) => row.id)).size < ancestors.length
  const message = isCycle
    ? 'These parents would put a resource below itself. Send a chain without a cycle.'
    : `Including the existing parents above this chain, the resource would have more than ${maxParents} parents.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}

/**
 * Refuses a move that gives a descendant more than `maxParents` parents: nothing could be linked to that descendant any
 * more. Runs after `refuseCycle`, since on a cycle its recursion would not end.
 */
export const refuseDeepSubtree = async (transaction: Transaction, id: string, path: string): Promise<void> => {
  const [row] = await transaction.$queryRaw<[{ depth: number }]>`
    WITH RECURSIVE above AS (
      SELECT "parentId", 0 AS "depth" FROM "Resource" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT parent."parentId", above."depth" + 1 FROM above JOIN "Resource" AS parent ON parent."id" = above."parentId"
    ), below AS (
      SELECT ${id}::uuid AS "id", max("depth") AS "depth" FROM above
      UNION ALL
      SELECT child."id", below."depth" + 1 FROM below
      JOIN "Resource" AS child ON child."parentId" = below."id" AND child."deletedAt" IS NULL
    )
    SELECT max("depth") AS "depth" FROM below`
  if (row.depth <= maxParents) return
  const message = `A resource below this one would get ${row.depth} parents; at most ${maxParents} are allowed.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}
