import type { Resource } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { chainOf, maxDepth, type ParsedResource, type ResourceKey } from '../kernel/resourceInput.ts'

const byKey = ({ source, type, externalId }: ResourceKey) => ({
  source_type_externalId: { source, type, externalId },
})

/** Where a resource belongs now. Who is brought back without its parent, which is still gone, stands alone. */
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
  /** It was there before, and lies below another one now. */
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
  const entry = (id: string) => ({ nodeType: 'Resource', nodeId: id, mediaId: null }) as const
  if (existing === null) {
    const created = await transaction.resource.create({ data: { source, type, externalId, title, url, parentId } })
    const data = { source, type, externalId, title }
    await record(transaction, actor, { ...entry(created.id), action: 'resource.created', data })
    return { resource: created, isMoved: false }
  }
  const isSame = existing.title === title && existing.url === url && existing.parentId === parentId
  if (isSame && existing.deletedAt === null) return { resource: existing, isMoved: false }
  const data = { title, url, parentId }
  await record(transaction, actor, { ...entry(existing.id), action: 'resource.updated', data })
  const resource = await transaction.resource.update({ where: { id: existing.id }, data: { ...data, deletedAt: null } })
  return { resource, isMoved: parentId !== null && existing.parentId !== parentId }
}

/** Looks up from a resource that was just moved: every cycle that the move could have made leads through it. */
const refuseCycle = async (transaction: Transaction, id: string, path: string): Promise<void> => {
  const ancestors = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE above AS (
      SELECT "id", "parentId", 0 AS "depth" FROM "Resource" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT parent."id", parent."parentId", above."depth" + 1
      FROM above JOIN "Resource" AS parent ON parent."id" = above."parentId" WHERE above."depth" <= ${maxDepth}
    )
    SELECT "id" FROM above`
  if (ancestors.length - 1 <= maxDepth) return
  const isCycle = new Set(ancestors.map((row) => row.id)).size < ancestors.length
  const message = isCycle
    ? 'These parents would put a resource below itself.'
    : `With what is above its parents already, it would have more than ${maxDepth} of them.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}

/** Refuses a move that pushes what lies below too deep: nothing could be linked there any more. Comes after `refuseCycle`. */
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
  if (row.depth <= maxDepth) return
  const message = `What lies below would have ${row.depth} parents there; at most ${maxDepth}.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}

/**
 * Makes a resource and its parents what the input says, creating or bringing back what is missing.
 * The caller holds the structure lock `resources`.
 */
export const upsertResource = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  path = 'resource',
): Promise<Resource> => {
  let result: Resource | null = null
  // The highest one that moves: with it moves everything that moves.
  let highestMoved: { id: string; path: string } | null = null
  const chain = chainOf(input, path)
  for (const [index, node] of chain.entries()) {
    const { resource, isMoved }: UpsertResult = await upsertNode(transaction, actor, node, result)
    if (isMoved) highestMoved ??= { id: resource.id, path: path + '.parent'.repeat(chain.length - 1 - index) }
    result = resource
  }
  if (result === null) throw new Error('a chain holds at least the resource itself')
  await refuseCycle(transaction, result.id, path)
  if (highestMoved !== null) await refuseDeepSubtree(transaction, highestMoved.id, highestMoved.path)
  return result
}

/** The resource and everything below it. */
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
