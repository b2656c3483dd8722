import type { Upload } from '../../../prisma/generated/client/client.ts'
import { isRawUniqueViolation } from '../kernel/databaseErrors.ts'
import type { FailureReason } from '../kernel/failure.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database, Queue, ReceivedFile, Storage, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { type Blobs, blobKey } from '../storage/blobs.ts'
import { type FileSniffer, type FileType, guessType, maxSniffBytes } from '../storage/fileTypes.ts'
import { BlobFaultError } from '../storage/integrity.ts'
import type { Closing, CompletedUpload } from './closing.ts'
import { createMediaFromUpload } from './createMedia.ts'
import { createVersionFromUpload } from './createVersion.ts'
import { checksumMismatch, duplicateContent, externalIdTaken, replacedMediaGone, storageFault } from './failures.ts'
import { uploadLockedError } from './leases.ts'
import { acceptsBytes, openStatuses, uploadEndedError } from './ticket.ts'
import { findDuplicateOf } from './uniqueness.ts'

type Delivery =
  | { type: 'delivered'; upload: CompletedUpload }
  /** Another transaction ended the upload first. */
  | { type: 'ended' }
  /** The bytes can no longer become a media or version. */
  | { type: 'failed'; failure: FailureReason }

interface CompletionTools {
  database: Database
  lanes: Lanes
  queue: Queue
  blobs: Blobs
  storage: Storage
  sniff: FileSniffer
}

/** Makes a media or a version of an upload whose bytes have all arrived. May be repeated until it succeeds. */
export const createCompletion = (
  { database, lanes, queue, blobs, storage, sniff }: CompletionTools,
  { reload, finish, fail }: Closing,
) => {
  /** Ends the upload and creates its media or version in one transaction. */
  const deliver = async (upload: Upload, file: ReceivedFile, type: FileType): Promise<Delivery> => {
    const { replacesId } = upload
    const work = async (transaction: Transaction): Promise<Delivery> => {
      const [replacedMedia] = replacesId === null ? [] : await lockMedia(transaction, [replacesId])
      if (replacesId !== null && replacedMedia?.deletedAt !== null)
        return { type: 'failed', failure: replacedMediaGone }
      const duplicate = await findDuplicateOf(transaction, upload)
      if (duplicate !== null) return { type: 'failed', failure: duplicateContent(duplicate) }
      const createFromUpload = replacesId === null ? createMediaFromUpload : createVersionFromUpload
      const closedUpload = await createFromUpload(transaction, queue, upload, file, type)
      return closedUpload === null ? { type: 'ended' } : { type: 'delivered', upload: closedUpload }
    }
    try {
      return await (replacesId === null
        ? database.$transaction(work)
        : lanes.run('media', { activity: 'changes of media', mediaId: replacesId }, work))
    } catch (error) {
      if (isRawUniqueViolation(error, 'externalId')) return { type: 'failed', failure: externalIdTaken }
      throw error
    }
  }

  /**
   * Stores the digest of the bytes, before the file is moved: a repeated call finds it in the storage and can no longer hash
   * it here. Under the fence: a process that lost the lease may have hashed bytes that are not those of the file. Null if
   * the upload cannot be completed with them.
   */
  const storeDigest = async ({ id, fence }: Pick<Upload, 'id' | 'fence'>, sha256: string): Promise<Upload | null> => {
    const [upload] = await database.upload.updateManyAndReturn({
      where: {
        ...{ id, fence, status: { in: openStatuses } },
        OR: [{ declaredSha256: null }, { declaredSha256: sha256 }],
      },
      data: { sha256 },
    })
    return upload ?? null
  }

  /** Ends or refuses an upload whose digest could not be stored. */
  const refuse = async ({ id, fence }: Pick<Upload, 'id' | 'fence'>, sha256: string): Promise<void> => {
    const upload = await database.upload.findUnique({ where: { id } })
    if (upload === null) throw notFound('Upload', id)
    if (upload.status === 'COMPLETED') return
    if (!acceptsBytes(upload)) throw uploadEndedError(upload.status)
    if (upload.fence !== fence || upload.declaredSha256 === null || upload.declaredSha256 === sha256)
      throw uploadLockedError()
    return fail(upload, checksumMismatch)
  }

  return async (held: Pick<Upload, 'id' | 'fence'>, file: ReceivedFile): Promise<void> => {
    const upload = await storeDigest(held, file.sha256)
    if (upload === null) return refuse(held, file.sha256)
    try {
      await blobs.store(file)
    } catch (error) {
      if (error instanceof BlobFaultError) return fail(upload, storageFault)
      throw error
    }
    // From the storage, since a repeated call finds the file moved already.
    const firstBytes = await storage.read(blobKey(file.sha256), { start: 0, end: maxSniffBytes - 1 })
    const delivery = await deliver(upload, file, guessType(await sniff(firstBytes)))
    switch (delivery.type) {
      case 'delivered':
        return finish(delivery.upload)
      case 'ended': {
        const { status } = await reload(held.id)
        // Another process completed the upload while this one, slow beyond its lease, stored the same bytes.
        if (status === 'COMPLETED') return
        throw uploadEndedError(status)
      }
      case 'failed':
        return fail(upload, delivery.failure)
    }
  }
}
