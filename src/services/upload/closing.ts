import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { type Actor, systemActor } from '../kernel/actor.ts'
import { datedFailure, type FailureReason } from '../kernel/failure.ts'
import { mediaChannel, type UploadMessage, uploadChannel } from '../kernel/messages.ts'
import type { Clock, Database, IncomingFiles, PubSub, Transaction } from '../kernel/ports.ts'
import { uploadLockedError } from './leases.ts'
import { acceptsBytes, openStatuses, uploadEndedError } from './ticket.ts'

export const publishUpload = (
  pubsub: PubSub,
  upload: Pick<Upload, 'id' | 'mediaId' | 'status' | 'receivedBytes'>,
): void => {
  const { id, mediaId, status } = upload
  const message: UploadMessage = { type: 'upload', id, status, receivedBytes: Number(upload.receivedBytes) }
  pubsub.publish(uploadChannel(id), message)
  // Subscribers that wait for the media learn that it exists now, or that it never will.
  if (!acceptsBytes(upload)) pubsub.publish(mediaChannel(mediaId), { type: 'upload' })
}

/** Moves an open upload to its final status; null if another transaction has ended it, or another process has taken its lease. */
const closeUpload = async (
  transaction: Transaction,
  where: Pick<Upload, 'id'> & { fence?: number },
  data: Prisma.UploadUpdateManyMutationInput,
): Promise<Upload | null> => {
  const [upload] = await transaction.upload.updateManyAndReturn({
    where: { ...where, status: { in: openStatuses } },
    data,
  })
  return upload ?? null
}

/** Columns on which the work after the end of an upload depends. */
export type CompletedUpload = Pick<Upload, 'id' | 'mediaId' | 'status' | 'receivedBytes' | 'fileNumber'>

/**
 * UPDATE that completes an open upload and releases its lease: the holder writes no more. It changes nothing if another
 * transaction has ended the upload.
 */
export const uploadCompletion = (id: string): Prisma.Sql => Prisma.sql`
  UPDATE "Upload" SET "status" = 'COMPLETED', "receivedBytes" = "sizeBytes", "heldUntil" = NULL
  WHERE "id" = ${id}::uuid AND "status" IN ('WAITING', 'RECEIVING')`

/** Completes an open upload; null if another transaction has ended it. */
export const completeUpload = async (transaction: Transaction, id: string): Promise<CompletedUpload | null> => {
  const [upload] = await transaction.$queryRaw<CompletedUpload[]>`
    ${uploadCompletion(id)} RETURNING "id", "mediaId", "status", "receivedBytes", "fileNumber"`
  return upload ?? null
}

const abortActions = { CANCELLED: 'upload.cancelled', EXPIRED: 'upload.expired' } as const

interface ClosingTools {
  database: Database
  incoming: IncomingFiles
  pubsub: PubSub
  clock: Clock
}

/** Ends uploads without a media: row and log in one transaction, then the bytes, then the message. */
export const createClosing = ({ database, incoming, pubsub, clock }: ClosingTools) => {
  const reload = (id: string): Promise<Upload> => database.upload.findUniqueOrThrow({ where: { id } })

  /** Removes the bytes and tells subscribers. Called after the commit. */
  const finish = async (upload: CompletedUpload): Promise<void> => {
    await incoming.remove(upload)
    publishUpload(pubsub, upload)
  }

  return {
    reload,
    finish,

    abort: async (actor: Actor, upload: Upload, status: keyof typeof abortActions): Promise<Upload> => {
      const closedUpload = await database.$transaction(async (transaction) => {
        const row = await closeUpload(transaction, { id: upload.id }, { status })
        if (row === null) throw uploadEndedError((await reload(upload.id)).status)
        await record(transaction, actor, abortActions[status], upload, {})
        return row
      })
      await finish(closedUpload)
      return closedUpload
    },

    /** Also releases the lease. Refuses if another process has taken it: the file that this one knows is no longer that of the upload. */
    fail: async (upload: Upload, failure: FailureReason): Promise<void> => {
      const { id, fence } = upload
      const closedUpload = await database.$transaction(async (transaction) => {
        const data = { status: 'FAILED', failure: datedFailure(failure, clock), heldUntil: null } as const
        const row = await closeUpload(transaction, { id, fence }, data)
        if (row !== null) await record(transaction, systemActor, 'upload.failed', upload, { code: failure.code })
        return row
      })
      if (closedUpload !== null) return finish(closedUpload)
      const { status } = await reload(id)
      throw acceptsBytes({ status }) ? uploadLockedError() : uploadEndedError(status)
    },
  }
}

export type Closing = ReturnType<typeof createClosing>
