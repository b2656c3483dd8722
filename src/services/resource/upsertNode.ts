import type { Resource } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { ParsedResource } from '../kernel/resourceInput.ts'
import { byKey } from './key.ts'

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

export interface UpsertResult {
  resource: Resource
  /** True if the resource existed before and is now below a different parent; false if it became a root. */
  isMoved: boolean
}

export const upsertNode = async (
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
