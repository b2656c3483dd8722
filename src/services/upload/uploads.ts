import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { existingFolderId } from '../folder/filing.ts'
import { type Actor, system, type UserActor, uploaderActor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { isTaken } from '../kernel/databaseErrors.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { datedFailure, type FailureReason } from '../kernel/failure.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { mediaChannel, type UploadMessage, uploadChannel } from '../kernel/messages.ts'
import { enforce, mayTouchUpload, mayUpload } from '../kernel/policies.ts'
import type {
  ArrivedFile,
  Clock,
  Database,
  IncomingFiles,
  PubSub,
  Queue,
  Storage,
  Transaction,
} from '../kernel/ports.ts'
import { changeMedia } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { type Blobs, blobKey } from '../storage/blobs.ts'
import { type FileSniffer, type FileType, guessType, sniffedBytes } from '../storage/fileTypes.ts'
import { bearMedia } from './createMedia.ts'
import { bearVersion } from './createVersion.ts'
import { checksumMismatch, externalIdTaken, replacedIsGone } from './failures.ts'
import { removeLeftovers } from './leftovers.ts'
import { canTakeBytes, closed, createShape, openStatuses, type UploadCreateInput } from './ticket.ts'
import { type UploadTokens, uploadTokenHeader } from './token.ts'
import type { Transfer, Transfers } from './transfers.ts'
import { refuseDuplicateContent, refuseUsedExternalId } from './uniqueness.ts'

/** A ticket lives as long as somebody sends bytes, and so long after the last of them. */
const idleMs = 24 * 60 * 60 * 1000

/** Where and with which headers bytes are sent. */
export interface UploadTarget {
  url: string
  headers: { name: string; value: string }[]
}

export interface Uploads extends Transfers {
  createTicket(actor: UserActor, input: UploadCreateInput): Promise<Upload>
  find(actor: Actor, id: string, query: object): Promise<Upload | null>
  /** The caller's own that can still take bytes, newest first. */
  list(actor: UserActor, query: object): Promise<Upload[]>
  /** Where to send the bytes; null unless the caller is the owner and bytes can still be sent. */
  target(actor: UserActor, upload: Upload): UploadTarget | null
  ticketTarget(upload: Upload): UploadTarget
  cancel(actor: Actor, id: string): Promise<Upload>
  /** Ends tickets whose time is over with their bytes, and removes bytes that no open ticket waits for. Returns how many. */
  sweep(): Promise<number>
}

interface UploadsOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  blobs: Blobs
  storage: Storage
  incoming: IncomingFiles
  sniff: FileSniffer
  clock: Clock
  tokens: UploadTokens
  publicUrl: string
  maxUploadBytes: number
}

export const createUploads = (options: UploadsOptions): Uploads => {
  const { database, queue, pubsub, blobs, storage, incoming, sniff, clock } = options
  const shape = createShape(options.maxUploadBytes)

  const publish = (upload: Pick<Upload, 'id' | 'mediaId' | 'status' | 'receivedBytes'>): void => {
    const message: UploadMessage = {
      type: 'upload',
      id: upload.id,
      status: upload.status,
      receivedBytes: Number(upload.receivedBytes),
    }
    pubsub.publish(uploadChannel(upload.id), message)
    // Who waits for the media to come learns that it has, or that it never will.
    if (!canTakeBytes(upload)) pubsub.publish(mediaChannel(upload.mediaId), { type: 'upload' })
  }

  const createTicket = async (actor: UserActor, raw: UploadCreateInput): Promise<Upload> => {
    enforce(mayUpload(actor))
    const input = parseInput(shape, raw)
    const replaced =
      input.replaces != null ? await findChangeableMedia(database, actor, input.replaces, 'replaces') : null
    const folderId = await existingFolderId(database, input.folderId)
    if (input.sha256 && !input.allowDuplicate) await refuseDuplicateContent(database, input.sha256)
    if (input.externalId) await refuseUsedExternalId(database, input.externalId)
    return database.$transaction(async (transaction) => {
      const upload = await transaction.upload.create({
        data: {
          mediaId: replaced?.id,
          replacesId: replaced?.id,
          stage: input.stage ?? false,
          ownerId: actor.userId,
          fileName: input.fileName,
          sizeBytes: input.sizeBytes,
          declaredType: input.mimeType,
          declaredSha256: input.sha256,
          externalId: input.externalId,
          title: input.title,
          tags: input.tags ?? [],
          folderId,
          note: input.note,
          profiles: input.renditions ?? Prisma.DbNull,
          expiresAt: new Date(clock.now().getTime() + idleMs),
        },
      })
      await record(transaction, actor, {
        action: 'upload.created',
        nodeType: 'Upload',
        nodeId: upload.id,
        mediaId: upload.mediaId,
        data: { fileName: input.fileName, sizeBytes: input.sizeBytes },
      })
      await incoming.create({ id: upload.id, sizeBytes: input.sizeBytes, fileName: input.fileName })
      return upload
    })
  }

  const ticketTarget = (upload: Upload): UploadTarget => ({
    url: `${options.publicUrl}/uploads/${upload.id}`,
    headers: [
      { name: uploadTokenHeader, value: options.tokens.make(upload) },
      { name: 'Tus-Resumable', value: '1.0.0' },
    ],
  })

  /** Moves an open ticket to its end; false where somebody else ended it first. */
  const end = async (
    transaction: Transaction,
    upload: Upload,
    change: Prisma.UploadUpdateManyMutationInput,
  ): Promise<boolean> => {
    const { count } = await transaction.upload.updateMany({
      where: { id: upload.id, status: { in: openStatuses } },
      data: change,
    })
    return count === 1
  }

  const reload = (id: string): Promise<Upload> => database.upload.findUniqueOrThrow({ where: { id } })

  const stop = async (
    actor: Actor,
    upload: Upload,
    status: 'CANCELLED' | 'EXPIRED',
    action: 'upload.cancelled' | 'upload.expired',
  ): Promise<Upload> => {
    await database.$transaction(async (transaction) => {
      if (!(await end(transaction, upload, { status }))) throw closed((await reload(upload.id)).status)
      await record(transaction, actor, {
        action,
        nodeType: 'Upload',
        nodeId: upload.id,
        mediaId: upload.mediaId,
        data: {},
      })
    })
    await incoming.remove(upload.id)
    const after = await reload(upload.id)
    publish(after)
    return after
  }

  const fail = async (upload: Upload, failure: FailureReason): Promise<void> => {
    await database.$transaction(async (transaction) => {
      if (!(await end(transaction, upload, { status: 'FAILED', failure: datedFailure(failure, clock) }))) return
      await record(transaction, system, {
        action: 'upload.failed',
        nodeType: 'Upload',
        nodeId: upload.id,
        mediaId: upload.mediaId,
        data: { code: failure.code },
      })
    })
    await incoming.remove(upload.id)
    publish(await reload(upload.id))
  }

  /** False where the ticket was ended by somebody else; a failure where the bytes can become nothing any more. */
  const deliver = (upload: Upload, file: ArrivedFile, type: FileType): Promise<boolean | FailureReason> => {
    const { replacesId } = upload
    const work = async (transaction: Transaction) => {
      const [replaced] = replacesId === null ? [] : await lockMedia(transaction, [replacesId])
      if (replacesId !== null && replaced?.deletedAt !== null) return replacedIsGone
      if (!(await end(transaction, upload, { status: 'COMPLETED', receivedBytes: upload.sizeBytes }))) return false
      const bear = replacesId === null ? bearMedia : bearVersion
      await bear(transaction, queue, upload, file, type)
      return true
    }
    return replacesId === null ? database.$transaction(work) : changeMedia(database, replacesId, work)
  }

  const asTransfer = (upload: Upload): Transfer => ({ ...upload, sizeBytes: Number(upload.sizeBytes) })

  const openTransfer = async (actor: UserActor | null, uploadId: string): Promise<Upload> => {
    const upload = await database.upload.findUnique({ where: { id: uploadId } })
    if (upload === null) throw new NotFoundError('There is no such upload.', globalId('Upload', uploadId))
    if (actor !== null) enforce(mayUpload(actor) ?? mayTouchUpload(actor, upload))
    // A client whose last answer was lost asks again, and learns that all has arrived.
    if (upload.status === 'COMPLETED') return upload
    if (!canTakeBytes(upload)) throw closed(upload.status)
    if (upload.expiresAt <= clock.now()) throw closed('EXPIRED')
    return upload
  }

  return {
    createTicket,
    create: async (actor, input) => asTransfer(await createTicket(actor, input)),

    async find(actor, id, query) {
      const upload = await database.upload.findUnique({ ...query, where: { id: parseId('Upload', id) } })
      return upload === null || mayTouchUpload(actor, upload) !== null ? null : upload
    },

    ticketTarget,
    target: (actor, upload) => (actor.userId === upload.ownerId && canTakeBytes(upload) ? ticketTarget(upload) : null),

    list: (actor, query) =>
      database.upload.findMany({
        ...query,
        where: { ownerId: actor.userId, status: { in: openStatuses }, expiresAt: { gt: clock.now() } },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: 100,
      }),

    async cancel(actor, id) {
      enforce(mayUpload(actor))
      const upload = await database.upload.findUnique({ where: { id: parseId('Upload', id) } })
      if (upload === null) throw new NotFoundError('There is no such upload.', id)
      enforce(mayTouchUpload(actor, upload))
      return stop(actor, upload, 'CANCELLED', 'upload.cancelled')
    },

    open: async (actor, uploadId) => asTransfer(await openTransfer(actor, uploadId)),

    async received(uploadId, receivedBytes) {
      // Written only while it grows, so that a late report never takes progress back.
      const rows = await database.$queryRaw<{ mediaId: string }[]>`
        UPDATE "Upload"
        SET "receivedBytes" = ${receivedBytes}, "status" = 'RECEIVING',
            "expiresAt" = ${new Date(clock.now().getTime() + idleMs)}
        WHERE "id" = ${uploadId}::uuid AND "status" IN ('WAITING', 'RECEIVING') AND "receivedBytes" <= ${receivedBytes}
        RETURNING "mediaId"`
      const row = rows[0]
      if (row)
        publish({ id: uploadId, mediaId: row.mediaId, status: 'RECEIVING', receivedBytes: BigInt(receivedBytes) })
    },

    async arrived(uploadId, file) {
      const upload = await database.upload.findUnique({ where: { id: uploadId } })
      if (upload === null) throw new NotFoundError('There is no such upload.', globalId('Upload', uploadId))
      if (upload.status === 'COMPLETED') return
      if (!canTakeBytes(upload)) throw closed((await reload(uploadId)).status)
      if (upload.declaredSha256 !== null && upload.declaredSha256 !== file.sha256) return fail(upload, checksumMismatch)
      // Stored first: a repeated call finds the file moved already, and reads its type where it lies now.
      await blobs.store(file)
      const head = await storage.read(blobKey(file.sha256), { start: 0, end: sniffedBytes - 1 })
      const type = guessType(await sniff(head))
      const delivered = await deliver(upload, file, type).catch((error: unknown) => {
        if (isTaken(error, 'externalId')) return externalIdTaken
        throw error
      })
      if (typeof delivered === 'object') return fail(upload, delivered)
      if (!delivered) throw closed((await reload(uploadId)).status)
      await incoming.remove(uploadId)
      publish(await reload(uploadId))
    },

    async terminate(actor, uploadId) {
      const upload = await openTransfer(actor, uploadId)
      await stop(actor ?? uploaderActor(upload.ownerId), upload, 'CANCELLED', 'upload.cancelled')
    },

    async sweep() {
      const late = await database.upload.findMany({
        where: { status: { in: openStatuses }, expiresAt: { lte: clock.now() } },
        take: 1000,
      })
      for (const upload of late)
        await stop(system, upload, 'EXPIRED', 'upload.expired').catch((error: unknown) => {
          if (!(error instanceof StateConflictError)) throw error // it ended by itself in between
        })
      return late.length + (await removeLeftovers(options))
    },
  }
}
