import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import { requireFolderId } from '../folder/filing.ts'
import { type Actor, systemActor, type UserActor, uploaderActor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayAccessUpload, mayUpload } from '../kernel/policies.ts'
import type { Clock, Database, IncomingFiles, PubSub, Queue, Storage } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { FileSniffer } from '../storage/fileTypes.ts'
import { createClosing } from './closing.ts'
import { createCompletion } from './completion.ts'
import { removeLeftovers } from './leftovers.ts'
import { createProgressRecorder, idleTimeoutMs } from './progress.ts'
import type { UploadSession, UploadSessions } from './session.ts'
import { acceptsBytes, createUploadShape, openStatuses, type UploadCreateInput, uploadEndedError } from './ticket.ts'
import { type UploadTokens, uploadTokenHeader } from './token.ts'
import { refuseDuplicateContent, refuseUsedExternalId } from './uniqueness.ts'

/** URL and headers for sending bytes. */
export interface UploadTarget {
  url: string
  headers: { name: string; value: string }[]
}

export interface Uploads extends UploadSessions {
  createTicket(actor: UserActor, input: UploadCreateInput): Promise<Upload>
  find(actor: Actor, id: string, query: object): Promise<Upload | null>
  /** Lists the caller's own open uploads, newest first. */
  list(actor: UserActor, query: object): Promise<Upload[]>
  /** Returns null unless the caller is the owner and the upload is open. */
  target(actor: UserActor, upload: Pick<Upload, 'id' | 'expiresAt' | 'ownerId' | 'status'>): UploadTarget | null
  ticketTarget(upload: Pick<Upload, 'id' | 'expiresAt'>): UploadTarget
  cancel(actor: Actor, id: string): Promise<Upload>
  /** Ends expired uploads and removes bytes without an open upload. Returns how many of both. */
  sweep(): Promise<number>
}

interface UploadsOptions {
  database: Database
  lanes: Lanes
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

const ownerColumn = { ownerId: true } as const

export const createUploads = (options: UploadsOptions): Uploads => {
  const { database, pubsub, incoming, clock } = options
  const shape = createUploadShape(options.maxUploadBytes)
  const closing = createClosing(options)

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
          allowDuplicate: input.allowDuplicate ?? false,
          externalId: input.externalId,
          title: input.title,
          tags: input.tags ?? [],
          folderId,
          note: input.note,
          profiles: input.renditions ?? Prisma.DbNull,
          expiresAt: new Date(clock.now().getTime() + idleTimeoutMs),
        },
      })
      const { fileName, sizeBytes } = input
      await record(transaction, actor, 'upload.created', upload, { fileName, sizeBytes })
      await incoming.create(upload.id)
      return upload
    })
  }

  const ticketTarget = (upload: Pick<Upload, 'id' | 'expiresAt'>): UploadTarget => ({
    url: `${options.publicUrl}/uploads/${upload.id}`,
    headers: [
      { name: uploadTokenHeader, value: options.tokens.create(upload) },
      { name: 'Tus-Resumable', value: '1.0.0' },
    ],
  })

  const toUploadSession = (upload: Upload): UploadSession => ({ ...upload, sizeBytes: Number(upload.sizeBytes) })

  const requireResumable = async (actor: UserActor | null, uploadId: string): Promise<Upload> => {
    const upload = await database.upload.findUnique({
      where: { id: uploadId },
      include: { owner: { select: { role: true } } },
    })
    if (upload === null) throw notFound('Upload', uploadId)
    // The upload's own token carries no role: the owner's last known one counts.
    if (actor === null) enforce(mayUpload({ ...uploaderActor(upload.ownerId), role: upload.owner.role }))
    else enforce(mayUpload(actor) ?? mayAccessUpload(actor, upload))
    // A client that missed the last answer asks again and learns that all bytes have arrived.
    if (upload.status === 'COMPLETED') return upload
    if (!acceptsBytes(upload)) throw uploadEndedError(upload.status)
    if (upload.expiresAt <= clock.now()) throw uploadEndedError('EXPIRED')
    return upload
  }

  return {
    createTicket,
    create: async (actor, input) => toUploadSession(await createTicket(actor, input)),

    async find(actor, id, query) {
      const upload = await database.upload.findUnique({
        ...alsoSelect(query, ownerColumn),
        where: { id: parseId('Upload', id) },
      })
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
      if (upload === null) throw notFound('Upload', id)
      enforce(mayAccessUpload(actor, upload))
      return closing.abort(actor, upload, 'CANCELLED')
    },

    resume: async (actor, uploadId) => toUploadSession(await requireResumable(actor, uploadId)),

    recordProgress: createProgressRecorder({ database, pubsub, clock }),

    complete: createCompletion(options, closing),

    async cancelSession(actor, uploadId) {
      const upload = await requireResumable(actor, uploadId)
      await closing.abort(actor ?? uploaderActor(upload.ownerId), upload, 'CANCELLED')
    },

    async sweep() {
      const expired = await database.upload.findMany({
        where: { status: { in: openStatuses }, expiresAt: { lte: clock.now() } },
        take: 1000,
      })
      for (const upload of expired)
        await closing.abort(systemActor, upload, 'EXPIRED').catch((error: unknown) => {
          if (!(error instanceof StateConflictError)) throw error // it was completed or cancelled in between
        })
      return expired.length + (await removeLeftovers(options))
    },
  }
}
