import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { uploaderActor } from '../kernel/actor.ts'
import type { Queue, ReceivedFile, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import type { FileType } from '../storage/fileTypes.ts'
import { type CompletedUpload, completeUpload } from './closing.ts'

/**
 * Ends an upload and creates the next version of its media: row, log row and job, in the transaction that holds the
 * media's lock. The lock keeps version numbers without gaps. The current version does not change. Null if another
 * transaction has ended the upload.
 */
export const createVersionFromUpload = async (
  transaction: Transaction,
  queue: Queue,
  upload: Upload,
  file: ReceivedFile,
  type: FileType,
): Promise<CompletedUpload | null> => {
  const closedUpload = await completeUpload(transaction, upload.id)
  if (closedUpload === null) return null
  const { mediaId, fileName, stage: staged } = upload
  const { sizeBytes, sha256 } = file
  await referenceBlob(transaction, file)
  const { _max: last } = await transaction.mediaVersion.aggregate({ where: { mediaId }, _max: { number: true } })
  const number = (last.number ?? 0) + 1
  const version = await transaction.mediaVersion.create({
    data: {
      mediaId,
      number,
      originalFileName: fileName,
      declaredType: upload.declaredType,
      note: upload.note,
      profiles: upload.profiles ?? Prisma.DbNull,
      createdById: upload.ownerId,
      staged,
      sizeBytes,
      sha256,
      ...type,
    },
  })
  const data = { fileName, sizeBytes, sha256, versionNumber: number, staged }
  await record(transaction, uploaderActor(upload.ownerId), 'version.uploaded', version, data)
  await queue.send(transaction, { name: 'ingest', payload: { versionId: version.id, revision: version.revision } })
  return closedUpload
}
