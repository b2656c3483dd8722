import type { Prisma, Upload } from '../../../prisma/generated/client/client.ts'
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

/** Moves an open upload to its final status; false if another transaction has ended it, or another process has taken its lease. */
export const closeUpload = async (
  transaction: Transaction,
  where: Pick<Upload, 'id'> & { fence?: number },
  data: Prisma.UploadUpdateManyMutationInput,
): Promise<boolean> => {
  const { count } = await transaction.upload.updateMany({ where: { ...where, status: { in: openStatuses } }, data })
  return count === 1
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
  const finish = async (id: string): Promise<Upload> => {
    const upload = await reload(id)
    await incoming.remove(upload)
    publishUpload(pubsub, upload)
    return upload
  }

  return {
    reload,
    finish,

    abort: async (actor: Actor, upload: Upload, status: keyof typeof abortActions): Promise<Upload> => {
      await database.$transaction(async (transaction) => {
        if (!(await closeUpload(transaction, { id: upload.id }, { status })))
          throw uploadEndedError((await reload(upload.id)).status)
        await record(transaction, actor, abortActions[status], upload, {})
      })
      return finish(upload.id)
    },

    /** Refuses if another process has taken the lease: the file that this one knows is no longer that of the upload. */
    fail: async (upload: Upload, failure: FailureReason): Promise<void> => {
      const { id, fence } = upload
      const isClosed = await database.$transaction(async (transaction) => {
        const data = { status: 'FAILED', failure: datedFailure(failure, clock) } as const
        if (!(await closeUpload(transaction, { id, fence }, data))) return false
        await record(transaction, systemActor, 'upload.failed', upload, { code: failure.code })
        return true
      })
      if (isClosed) return void (await finish(id))
      const { status } = await reload(id)
      throw acceptsBytes({ status }) ? uploadLockedError() : uploadEndedError(status)
    },
  }
}

export type Closing = ReturnType<typeof createClosing>
