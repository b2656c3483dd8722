import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { lockFolderOrRoot } from '../folder/filing.ts'
import { uploaderActor } from '../kernel/actor.ts'
import type { Queue, ReceivedFile, Transaction } from '../kernel/ports.ts'
import { withTagKeys } from '../kernel/tagKeys.ts'
import { referenceBlob } from '../storage/blobs.ts'
import type { FileType } from '../storage/fileTypes.ts'

/** Creates a media from a complete upload: row, first version, log row and job, in the transaction that ends the upload. */
export const createMediaFromUpload = async (
  transaction: Transaction,
  queue: Queue,
  upload: Upload,
  file: ReceivedFile,
  type: FileType,
): Promise<void> => {
  await referenceBlob(transaction, file)
  const fileInfo = { ...type, sizeBytes: file.sizeBytes, sha256: file.sha256 }
  const versionId = crypto.randomUUID()
  await transaction.media.create({
    data: {
      id: upload.mediaId,
      externalId: upload.externalId,
      title: upload.title ?? upload.fileName,
      fileName: upload.fileName,
      originalFileName: upload.fileName,
      ...withTagKeys(upload.tags),
      folderId: await lockFolderOrRoot(transaction, upload.folderId),
      status: 'PROCESSING',
      uploadedById: upload.ownerId,
      currentVersionId: versionId,
      ...fileInfo,
    },
  })
  await transaction.mediaVersion.create({
    data: {
      id: versionId,
      mediaId: upload.mediaId,
      number: 1,
      originalFileName: upload.fileName,
      declaredType: upload.declaredType,
      note: upload.note,
      profiles: upload.profiles ?? Prisma.DbNull,
      createdById: upload.ownerId,
      ...fileInfo,
    },
  })
  await record(
    transaction,
    uploaderActor(upload.ownerId),
    'media.uploaded',
    { id: upload.mediaId },
    { fileName: upload.fileName, sizeBytes: file.sizeBytes, sha256: file.sha256, versionNumber: 1 },
  )
  await queue.send(transaction, { name: 'ingest', payload: { versionId, revision: 0 } })
}
