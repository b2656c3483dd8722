import { DuplicateMediaError, StateConflictError } from '../kernel/errors.ts'
import type { Database } from '../kernel/ports.ts'
import { openStatuses } from './ticket.ts'

/** Refuses a SHA-256 that a media outside the trash already has. */
export const refuseDuplicateContent = async (database: Database, sha256: string): Promise<void> => {
  const existing = await database.media.findFirst({
    where: { sha256, deletedAt: null, status: { not: 'FAILED' } },
    select: { id: true },
  })
  if (existing !== null) throw new DuplicateMediaError(existing.id)
}

/** Refuses an external id that a media or an open upload already has. The unique index decides races. */
export const refuseUsedExternalId = async (database: Database, externalId: string): Promise<void> => {
  const uploads = { externalId, status: { in: openStatuses } }
  const count =
    (await database.media.count({ where: { externalId } })) + (await database.upload.count({ where: uploads }))
  if (count > 0) throw new StateConflictError(`The external id "${externalId}" is taken.`)
}
