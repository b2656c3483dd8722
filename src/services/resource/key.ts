import { z } from 'zod'
import type { Resource } from '../../../prisma/generated/client/client.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type ResourceKey, type ResourceRef, refShape } from '../kernel/resourceInput.ts'

export const byKey = ({ source, type, externalId }: ResourceKey) => ({
  source_type_externalId: { source, type, externalId },
})

const inputShape = z.object({ ref: refShape })

/** Parses the key of a resource that a caller names. */
export const parseKey = (ref: ResourceRef): ResourceKey => parseInput(inputShape, { ref }).ref

const unknownResource = ({ source, type, externalId }: ResourceKey): NotFoundError =>
  new NotFoundError(`There is no ${type} "${externalId}" in the source "${source}".`)

/** Returns a resource, even if it is deleted; refuses a key that no call has ever named. */
export const requireResource = async (transaction: Transaction, key: ResourceKey): Promise<Resource> => {
  const resource = await transaction.resource.findUnique({ where: byKey(key) })
  if (resource === null) throw unknownResource(key)
  return resource
}

/** Returns the id of a resource; refuses a key that no call has ever named, and a deleted resource. */
export const requirePresentResource = async (database: Database, key: ResourceKey): Promise<{ id: string }> => {
  const resource = await database.resource.findUnique({
    where: { ...byKey(key), deletedAt: null },
    select: { id: true },
  })
  if (resource === null) throw unknownResource(key)
  return resource
}
