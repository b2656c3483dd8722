import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import { record, recordWith } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { keyText, type ParsedResource, type ResourceKey, resourceChain } from '../kernel/resourceInput.ts'
import { lockResourceRows } from '../locking/rowLocks.ts'
import { type ChainPlan, planChain } from './chainPlan.ts'
import { refuseCycle } from './treeLimits.ts'

/** Reads the resources with these keys. */
export const readResources = (transaction: Transaction, chain: readonly ResourceKey[]): Promise<Resource[]> =>
  transaction.$queryRaw<Resource[]>`
    SELECT row.* FROM "Resource" AS row JOIN unnest(
      ${chain.map(({ source }) => source)}::text[],
      ${chain.map(({ type }) => type)}::text[],
      ${chain.map(({ externalId }) => externalId)}::text[]
    ) AS wanted("source", "type", "externalId") USING ("source", "type", "externalId")`

/** Waits for another transaction that inserts one of them. Sorted, so that two transactions never wait for each other. */
export const insertResources = (creations: ChainPlan['creations']): Prisma.Sql => {
  const rows = creations.toSorted((a, b) => (keyText(a) < keyText(b) ? -1 : 1))
  return Prisma.sql`
    INSERT INTO "Resource" ("id", "source", "type", "externalId", "title", "url", "parentId")
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS row("id" uuid, "source" text, "type" text, "externalId" text, "title" text, "url" text, "parentId" uuid)`
}

const applyPlan = async (transaction: Transaction, actor: Actor, { updates, creations }: ChainPlan): Promise<void> => {
  for (const { existing, data } of updates) {
    await record(transaction, actor, 'resource.updated', existing, data)
    await transaction.resource.update({ where: { id: existing.id }, data })
  }
  if (creations.length === 0) return
  const entries = creations.map(({ id, source, type, externalId, title }) => {
    return { id, data: { source, type, externalId, title } }
  })
  await recordWith(transaction, actor, 'resource.created', entries, insertResources(creations))
}

/** Ids of the existing resources that must not change until this transaction ends. */
const rowsToLock = ({ updates, creations, targetId }: ChainPlan, locksTarget: boolean): string[] => {
  const updatedIds = updates.map(({ existing }) => existing.id)
  const isTargetNew = creations.some(({ id }) => id === targetId)
  return locksTarget && !isTargetNew ? [...updatedIds, targetId] : updatedIds
}

interface SharedUpsertOptions {
  /** True if the caller replaces the media of the resource: two that do must not run side by side. */
  locksTarget: boolean
}

/**
 * Does the same as `upsertResource` for a caller that only shares the tree lock `resources`, and resolves to the
 * resource's id. Resolves to null, without any change, if a resource would move or return from its deletion: that needs
 * the tree alone. Rejects with a unique violation if another transaction creates one of the resources at the same time.
 *
 * While the tree is shared, no resource moves, and none is deleted or restored. So a new resource cannot make a cycle, and
 * its number of parents stays as it was read.
 */
export const upsertSharing = async (
  transaction: Transaction,
  actor: Actor,
  input: ParsedResource,
  { locksTarget }: SharedUpsertOptions,
  path = 'resource',
): Promise<string | null> => {
  const chain = resourceChain(input, path)
  let plan = planChain(chain, await readResources(transaction, chain))
  if (plan === null) return null
  const lockedIds = new Set(rowsToLock(plan, locksTarget))
  if (lockedIds.size > 0) {
    await lockResourceRows(transaction, [...lockedIds])
    // Another transaction may have changed them before they were locked.
    plan = planChain(chain, await readResources(transaction, chain))
    // Rows are locked only once, in the order of their ids: further ones could deadlock.
    if (plan === null || !rowsToLock(plan, locksTarget).every((id) => lockedIds.has(id))) return null
  }
  await applyPlan(transaction, actor, plan)
  if (plan.hasParentsAbove) await refuseCycle(transaction, plan.targetId, path)
  return plan.targetId
}
