import type { Resource } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { maxParents, type ParsedResource, type ResourceKey, resourceChain } from '../kernel/resourceInput.ts'

const byKey = ({ source, type, externalId }: ResourceKey) => ({
  source_type_externalId: { source, type, externalId },
})

/** Returns a resource, even if it is deleted; refuses a key that no call has ever named. */
export const requireResource = async (transaction: Transaction, key: ResourceKey): Promise<Resource> => {
  const resource = await transaction.resource.findUnique({ where: byKey(key) })
  if (resource === null)
    throw new NotFoundError(`There is no ${key.type} "${key.externalId}" in the source "${key.source}".`)
  return resource
}

/** Id of the parent that a resource gets. A resource that is restored while its parent stays deleted becomes a root. */
const parentOf = async (
  transaction: Transaction,
  input: ParsedResource,
  inputParent: Resource | null,
  existing: Resource | null,
): Promise<string | null> => {
  if (inputParent !== null) return inputParent.id
  if (input.parent === null || existing === null || existing.parentId === null) return null
  if (existing.deletedAt === null) return existing.parentId
  const parent = await transaction.resource.findUniqueOrThrow({ where: { id: existing.parentId } })
  return parent.deletedAt === null ? parent.id : null
}

interface UpsertResult {
  resource: Resource
  /** True if the resource existed before and is now below a different parent; false if it became a root. */
  isMoved: boolean
}

const upsertNode = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  inputParent: Resource | null,
): Promise<UpsertResult> => {
  const { source, type, externalId } = input
  const existing = await transaction.resource.findUnique({ where: byKey(input) })
  const parentId = await parentOf(transaction, input, inputParent, existing)
  const title = input.title === undefined ? (existing?.title ?? null) : input.title
  const url = input.url === undefined ? (existing?.url ?? null) : input.url
  if (existing === null) {
    const created = await transaction.resource.create({ data: { source, type, externalId, title, url, parentId } })
    await record(transaction, actor, 'resource.created', created, { source, type, externalId, title })
    return { resource: created, isMoved: false }
  }
  const isSame = existing.title === title && existing.url === url && existing.parentId === parentId
  if (isSame && existing.deletedAt === null) return { resource: existing, isMoved: false }
  const data = { title, url, parentId }
  await record(transaction, actor, 'resource.updated', existing, data)
  const resource = await transaction.resource.update({ where: { id: existing.id }, data: { ...data, deletedAt: null } })
  return { resource, isMoved: parentId !== null && existing.parentId !== parentId }
}

/** Follows the parents of a resource that was just moved: every cycle that the move can create passes through it. */
const refuseCycle = async (transaction: Transaction, id: string, path: string): Promise<void> => {
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
const refuseDeepSubtree = async (transaction: Transaction, id: string, path: string): Promise<void> => {
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
