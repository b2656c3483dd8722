import type { Upload } from '../../../prisma/generated/client/client.ts'
import { DuplicateMediaError, StateConflictError } from '../kernel/errors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { openStatuses } from './ticket.ts'

/**
 * Finds a media outside the trash whose current bytes have this SHA-256. One whose stored bytes are faulty does not
 * count: only the same bytes repair it.
 */
const findWithContent = (
  database: Database | Transaction,
  sha256: string,
  exceptId?: string,
): Promise<{ id: string } | null> =>
  database.media.findFirst({
    where: {
      id: { not: exceptId },
      sha256,
      deletedAt: null,
      status: { not: 'FAILED' },
      currentVersion: { blob: { fault: null } },
    },
    select: { id: true },
  })

/** Refuses a SHA-256 that a media outside the trash already has. */
export const refuseDuplicateContent = async (database: Database, sha256: string): Promise<void> => {
  const existing = await findWithContent(database, sha256)
  if (existing !== null) throw new DuplicateMediaError(existing.id)
}

/**
 * Repeats the check of a ticket once the bytes are stored: another upload of the same content may have been completed
 * first. The lock of the blob's row decides which of two is first. Null if the upload may be completed. The media of the
 * upload itself does not count: another process may have completed the same upload.
 */
export const findDuplicateOf = async (
  transaction: Transaction,
  { declaredSha256, allowDuplicate, mediaId }: Upload,
): Promise<{ id: string } | null> => {
  if (declaredSha256 === null || allowDuplicate) return null
  await transaction.$queryRaw`SELECT 1 FROM "Blob" WHERE "sha256" = ${declaredSha256} FOR UPDATE`
  return findWithContent(transaction, declaredSha256, mediaId)
}

/** Refuses an external id that a media or an open upload already has. The unique index decides races. */
export const refuseUsedExternalId = async (database: Database, externalId: string): Promise<void> => {
  const uploads = { externalId, status: { in: openStatuses } }
  const count =
    (await database.media.count({ where: { externalId } })) + (await database.upload.count({ where: uploads }))
  if (count > 0) throw new StateConflictError(`The external id "${externalId}" is taken.`)
}
