import type { Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { type ParsedResource, resourceChain } from '../kernel/resourceInput.ts'
import { refuseCycle, refuseDeepSubtree } from './treeLimits.ts'
import { type UpsertResult, upsertNode } from './upsertNode.ts'

/**
 * Updates a resource and its parents to match the input. Creates those that do not exist and restores deleted ones.
 * The caller holds the tree lock `resources`.
 */
export const upsertResource = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  path = 'resource',
): Promise<Resource> => {
  let result: Resource | null = null
  // The topmost moved resource: all other moved resources are below it.
  let highestMoved: { id: string; path: string } | null = null
  const chain = resourceChain(input, path)
  for (const [index, node] of chain.entries()) {
    const { resource, isMoved }: UpsertResult = await upsertNode(transaction, actor, node, result)
    if (isMoved) highestMoved ??= { id: resource.id, path: path + '.parent'.repeat(chain.length - 1 - index) }
    result = resource
  }
  if (result === null) throw new Error('The chain is empty; it must contain at least the resource itself.')
  await refuseCycle(transaction, result.id, path)
  if (highestMoved !== null) await refuseDeepSubtree(transaction, highestMoved.id, highestMoved.path)
  return result
}

/** Ids of a resource and all its descendants, deleted ones included. */
export const findSubtreeIds = async (transaction: Transaction, id: string): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE below AS (
      SELECT ${id}::uuid AS "id"
      UNION
      SELECT child."id" FROM below JOIN "Resource" AS child ON child."parentId" = below."id"
    )
    SELECT "id" FROM below`
  return rows.map((row) => row.id)
}
