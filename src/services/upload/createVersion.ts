import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { uploaderActor } from '../kernel/actor.ts'
import type { Queue, ReceivedFile, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import type { FileType } from '../storage/fileTypes.ts'

/**
 * Creates the next version of a media from a complete upload: row, log row and job, in the transaction that ends the
 * upload and holds the media's lock. The lock keeps version numbers without gaps. The current version does not change.
 */
export const createVersionFromUpload = async (
  transaction: Transaction,
  queue: Queue,
  upload: Upload,
  file: ReceivedFile,
  type: FileType,
): Promise<void> => {
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
}
