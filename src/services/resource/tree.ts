import type { Resource } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { chainOf, deepest, type ParsedResource, type ResourceKey } from '../kernel/resourceInput.ts'

const byKey = ({ source, type, externalId }: ResourceKey) => ({
  source_type_externalId: { source, type, externalId },
})

/** Where a resource belongs now. Who is brought back without its parent, which is still gone, stands alone. */
const parentOf = async (
  transaction: Transaction,
  input: ParsedResource,
  above: Resource | null,
  before: Resource | null,
): Promise<string | null> => {
  if (above !== null) return above.id
  if (input.parent === null || before === null || before.parentId === null) return null
  if (before.deletedAt === null) return before.parentId
  const parent = await transaction.resource.findUniqueOrThrow({ where: { id: before.parentId } })
  return parent.deletedAt === null ? parent.id : null
}

interface Settled {
  resource: Resource
  /** It was there before, and lies below another one now. */
  moved: boolean
}

const settle = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  above: Resource | null,
): Promise<Settled> => {
  const { source, type, externalId } = input
  const before = await transaction.resource.findUnique({ where: byKey(input) })
  const parentId = await parentOf(transaction, input, above, before)
  const title = input.title === undefined ? (before?.title ?? null) : input.title
  const url = input.url === undefined ? (before?.url ?? null) : input.url
  const entry = (id: string) => ({ nodeType: 'Resource', nodeId: id, mediaId: null }) as const
  if (before === null) {
    const made = await transaction.resource.create({ data: { source, type, externalId, title, url, parentId } })
    const data = { source, type, externalId, title }
    await record(transaction, actor, { ...entry(made.id), action: 'resource.created', data })
    return { resource: made, moved: false }
  }
  const isSame = before.title === title && before.url === url && before.parentId === parentId
  if (isSame && before.deletedAt === null) return { resource: before, moved: false }
  const data = { title, url, parentId }
  await record(transaction, actor, { ...entry(before.id), action: 'resource.updated', data })
  const resource = await transaction.resource.update({ where: { id: before.id }, data: { ...data, deletedAt: null } })
  return { resource, moved: parentId !== null && before.parentId !== parentId }
}

/** Looks up from a resource that was just moved: every cycle that the move could have made leads through it. */
const refuseCycle = async (transaction: Transaction, id: string, path: string): Promise<void> => {
  const above = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE above AS (
      SELECT "id", "parentId", 0 AS "depth" FROM "Resource" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT parent."id", parent."parentId", above."depth" + 1
      FROM above JOIN "Resource" AS parent ON parent."id" = above."parentId" WHERE above."depth" <= ${deepest}
    )
    SELECT "id" FROM above`
  if (above.length - 1 <= deepest) return
  const isCycle = new Set(above.map((row) => row.id)).size < above.length
  const message = isCycle
    ? 'These parents would put a resource below itself.'
    : `With what is above its parents already, it would have more than ${deepest} of them.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}

/** Refuses a move that pushes what lies below too deep: nothing could be linked there any more. Comes after `refuseCycle`. */
const refuseDeepBranch = async (transaction: Transaction, id: string, path: string): Promise<void> => {
  const [lowest] = await transaction.$queryRaw<[{ depth: number }]>`
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
  if (lowest.depth <= deepest) return
  const message = `What lies below would have ${lowest.depth} parents there; at most ${deepest}.`
  throw new InvalidInputError([{ path: `${path}.parent`, message }])
}

/**
 * Makes a resource and its parents what the input says, creating or bringing back what is missing.
 * The caller holds the structure lock `resources`.
 */
export const settleResource = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  path = 'resource',
): Promise<Resource> => {
  let settled: Resource | null = null
  // The highest one that moves: with it moves everything that moves.
  let highest: { id: string; path: string } | null = null
  const chain = chainOf(input, path)
  for (const [index, link] of chain.entries()) {
    const { resource, moved }: Settled = await settle(transaction, actor, link, settled)
    if (moved) highest ??= { id: resource.id, path: path + '.parent'.repeat(chain.length - 1 - index) }
    settled = resource
  }
  if (settled === null) throw new Error('a chain holds at least the resource itself')
  await refuseCycle(transaction, settled.id, path)
  if (highest !== null) await refuseDeepBranch(transaction, highest.id, highest.path)
  return settled
}

/** The resource and everything below it. */
export const branchOf = async (transaction: Transaction, id: string): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE below AS (
      SELECT ${id}::uuid AS "id"
      UNION
      SELECT child."id" FROM below JOIN "Resource" AS child ON child."parentId" = below."id"
    )
    SELECT "id" FROM below`
  return rows.map((row) => row.id)
}
