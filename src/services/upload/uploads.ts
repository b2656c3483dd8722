import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { requireFolderId } from '../folder/filing.ts'
import { type Actor, system, type UserActor, uploaderActor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { isUniqueViolation } from '../kernel/databaseErrors.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { datedFailure, type FailureReason } from '../kernel/failure.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { mediaChannel, type UploadMessage, uploadChannel } from '../kernel/messages.ts'
import { enforce, mayAccessUpload, mayUpload } from '../kernel/policies.ts'
import type {
  Clock,
  Database,
  IncomingFiles,
  PubSub,
  Queue,
  ReceivedFile,
  Storage,
  Transaction,
} from '../kernel/ports.ts'
import { runInMediaLane } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { type Blobs, blobKey } from '../storage/blobs.ts'
import { type FileSniffer, type FileType, guessType, maxSniffBytes } from '../storage/fileTypes.ts'
import { createMediaFromUpload } from './createMedia.ts'
import { createVersionFromUpload } from './createVersion.ts'
import { checksumMismatch, externalIdTaken, replacedMediaGone } from './failures.ts'
import { removeLeftovers } from './leftovers.ts'
import type { UploadSession, UploadSessions } from './session.ts'
import { acceptsBytes, createUploadShape, openStatuses, type UploadCreateInput, uploadEndedError } from './ticket.ts'
import { type UploadTokens, uploadTokenHeader } from './token.ts'
import { refuseDuplicateContent, refuseUsedExternalId } from './uniqueness.ts'

/** A ticket lives as long as somebody sends bytes, and so long after the last of them. */
const idleTimeoutMs = 24 * 60 * 60 * 1000

/** Where and with which headers bytes are sent. */
export interface UploadTarget {
  url: string
  headers: { name: string; value: string }[]
}

export interface Uploads extends UploadSessions {
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
  const shape = createUploadShape(options.maxUploadBytes)

  const publish = (upload: Pick<Upload, 'id' | 'mediaId' | 'status' | 'receivedBytes'>): void => {
    const message: UploadMessage = {
      type: 'upload',
      id: upload.id,
      status: upload.status,
      receivedBytes: Number(upload.receivedBytes),
    }
    pubsub.publish(uploadChannel(upload.id), message)
    // Who waits for the media to come learns that it has, or that it never will.
    if (!acceptsBytes(upload)) pubsub.publish(mediaChannel(upload.mediaId), { type: 'upload' })
  }

  const createTicket = async (actor: UserActor, raw: UploadCreateInput): Promise<Upload> => {
    enforce(mayUpload(actor))
    const input = parseInput(shape, raw)
    const replacedMedia =
      input.replaces != null ? await findChangeableMedia(database, actor, input.replaces, 'replaces') : null
    const folderId = await requireFolderId(database, input.folderId)
    if (input.sha256 && !input.allowDuplicate) await refuseDuplicateContent(database, input.sha256)
    if (input.externalId) await refuseUsedExternalId(database, input.externalId)
    return database.$transaction(async (transaction) => {
      const upload = await transaction.upload.create({
        data: {
          mediaId: replacedMedia?.id,
          replacesId: replacedMedia?.id,
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
          expiresAt: new Date(clock.now().getTime() + idleTimeoutMs),
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
      { name: uploadTokenHeader, value: options.tokens.create(upload) },
      { name: 'Tus-Resumable', value: '1.0.0' },
    ],
  })

  /** Moves an open ticket to its end; false where somebody else ended it first. */
  const closeTicket = async (
    transaction: Transaction,
    upload: Upload,
    data: Prisma.UploadUpdateManyMutationInput,
  ): Promise<boolean> => {
    const { count } = await transaction.upload.updateMany({
      where: { id: upload.id, status: { in: openStatuses } },
      data: data,
    })
    return count === 1
  }

  const reload = (id: string): Promise<Upload> => database.upload.findUniqueOrThrow({ where: { id } })

  const abortUpload = async (
    actor: Actor,
    upload: Upload,
    status: 'CANCELLED' | 'EXPIRED',
    action: 'upload.cancelled' | 'upload.expired',
  ): Promise<Upload> => {
    await database.$transaction(async (transaction) => {
      if (!(await closeTicket(transaction, upload, { status })))
        throw uploadEndedError((await reload(upload.id)).status)
      await record(transaction, actor, {
        action,
        nodeType: 'Upload',
        nodeId: upload.id,
        mediaId: upload.mediaId,
        data: {},
      })
    })
    await incoming.remove(upload.id)
    const updated = await reload(upload.id)
    publish(updated)
    return updated
  }

  const fail = async (upload: Upload, failure: FailureReason): Promise<void> => {
    await database.$transaction(async (transaction) => {
      if (!(await closeTicket(transaction, upload, { status: 'FAILED', failure: datedFailure(failure, clock) }))) return
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
  const completeTicket = (upload: Upload, file: ReceivedFile, type: FileType): Promise<boolean | FailureReason> => {
    const { replacesId } = upload
    const work = async (transaction: Transaction) => {
      const [replacedMedia] = replacesId === null ? [] : await lockMedia(transaction, [replacesId])
      if (replacesId !== null && replacedMedia?.deletedAt !== null) return replacedMediaGone
      if (!(await closeTicket(transaction, upload, { status: 'COMPLETED', receivedBytes: upload.sizeBytes })))
        return false
      const createFromUpload = replacesId === null ? createMediaFromUpload : createVersionFromUpload
      await createFromUpload(transaction, queue, upload, file, type)
      return true
    }
    return replacesId === null ? database.$transaction(work) : runInMediaLane(database, replacesId, work)
  }

  const toUploadSession = (upload: Upload): UploadSession => ({ ...upload, sizeBytes: Number(upload.sizeBytes) })

  const requireResumable = async (actor: UserActor | null, uploadId: string): Promise<Upload> => {
    const upload = await database.upload.findUnique({ where: { id: uploadId } })
    if (upload === null) throw new NotFoundError('There is no such upload.', globalId('Upload', uploadId))
    if (actor !== null) enforce(mayUpload(actor) ?? mayAccessUpload(actor, upload))
    // A client whose last answer was lost asks again, and learns that all has arrived.
    if (upload.status === 'COMPLETED') return upload
    if (!acceptsBytes(upload)) throw uploadEndedError(upload.status)
    if (upload.expiresAt <= clock.now()) throw uploadEndedError('EXPIRED')
    return upload
  }

  return {
    createTicket,
    create: async (actor, input) => toUploadSession(await createTicket(actor, input)),

    async find(actor, id, query) {
      const upload = await database.upload.findUnique({ ...query, where: { id: parseId('Upload', id) } })
      return upload === null || mayAccessUpload(actor, upload) !== null ? null : upload
    },

    ticketTarget,
    target: (actor, upload) => (actor.userId === upload.ownerId && acceptsBytes(upload) ? ticketTarget(upload) : null),

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
      enforce(mayAccessUpload(actor, upload))
      return abortUpload(actor, upload, 'CANCELLED', 'upload.cancelled')
    },

    resume: async (actor, uploadId) => toUploadSession(await requireResumable(actor, uploadId)),

    async recordProgress(uploadId, receivedBytes) {
      // Written only while it grows, so that a late report never takes progress back.
      const rows = await database.$queryRaw<{ mediaId: string }[]>`
        UPDATE "Upload"
        SET "receivedBytes" = ${receivedBytes}, "status" = 'RECEIVING',
            "expiresAt" = ${new Date(clock.now().getTime() + idleTimeoutMs)}
        WHERE "id" = ${uploadId}::uuid AND "status" IN ('WAITING', 'RECEIVING') AND "receivedBytes" <= ${receivedBytes}
        RETURNING "mediaId"`
      const row = rows[0]
      if (row)
        publish({ id: uploadId, mediaId: row.mediaId, status: 'RECEIVING', receivedBytes: BigInt(receivedBytes) })
    },

    async complete(uploadId, file) {
      const upload = await database.upload.findUnique({ where: { id: uploadId } })
      if (upload === null) throw new NotFoundError('There is no such upload.', globalId('Upload', uploadId))
      if (upload.status === 'COMPLETED') return
      if (!acceptsBytes(upload)) throw uploadEndedError((await reload(uploadId)).status)
      if (upload.declaredSha256 !== null && upload.declaredSha256 !== file.sha256) return fail(upload, checksumMismatch)
      // Stored first: a repeated call finds the file moved already, and reads its type where it lies now.
      await blobs.store(file)
      const firstBytes = await storage.read(blobKey(file.sha256), { start: 0, end: maxSniffBytes - 1 })
      const type = guessType(await sniff(firstBytes))
      const outcome = await completeTicket(upload, file, type).catch((error: unknown) => {
        if (isUniqueViolation(error, 'externalId')) return externalIdTaken
        throw error
      })
      if (typeof outcome === 'object') return fail(upload, outcome)
      if (!outcome) throw uploadEndedError((await reload(uploadId)).status)
      await incoming.remove(uploadId)
      publish(await reload(uploadId))
    },

    async cancelSession(actor, uploadId) {
      const upload = await requireResumable(actor, uploadId)
      await abortUpload(actor ?? uploaderActor(upload.ownerId), upload, 'CANCELLED', 'upload.cancelled')
    },

    async sweep() {
      const expired = await database.upload.findMany({
        where: { status: { in: openStatuses }, expiresAt: { lte: clock.now() } },
        take: 1000,
      })
      for (const upload of expired)
        await abortUpload(system, upload, 'EXPIRED', 'upload.expired').catch((error: unknown) => {
          if (!(error instanceof StateConflictError)) throw error // it ended by itself in between
        })
      return expired.length + (await removeLeftovers(options))
    },
  }
}
