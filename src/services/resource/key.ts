import { z } from 'zod'
import type { Resource } from '../../../prisma/generated/client/client.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Transaction } from '../kernel/ports.ts'
import { type ResourceKey, type ResourceRef, refShape } from '../kernel/resourceInput.ts'

export const byKey = ({ source, type, externalId }: ResourceKey) => ({
  source_type_externalId: { source, type, externalId },
})

const inputShape = z.object({ ref: refShape })

/** Parses the key of a resource that a caller names. */
export const parseKey = (ref: ResourceRef): ResourceKey => parseInput(inputShape, { ref }).ref

/** Returns a resource, even if it is deleted; refuses a key that no call has ever named. */
export const requireResource = async (transaction: Transaction, key: ResourceKey): Promise<Resource> => {
  const resource = await transaction.resource.findUnique({ where: byKey(key) })
  if (resource === null)
    throw new NotFoundError(`There is no ${key.type} "${key.externalId}" in the source "${key.source}".`)
  return resource
}
