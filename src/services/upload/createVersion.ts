import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { uploaderActor } from '../kernel/actor.ts'
import type { Queue, ReceivedFile, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import type { FileType } from '../storage/fileTypes.ts'

/**
 * A finished upload becomes the next version of the media that it replaces: row, log and job, in the transaction that ends
 * the upload and holds the media's lock. That is why numbers have no holes. What the media shows does not change by it.
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
  await record(transaction, uploaderActor(upload.ownerId), {
    action: 'version.uploaded',
    nodeType: 'MediaVersion',
    nodeId: version.id,
    mediaId,
    data: { fileName, sizeBytes, sha256, versionNumber: number, staged },
  })
  await queue.send(transaction, { name: 'ingest', payload: { versionId: version.id, revision: version.revision } })
}
