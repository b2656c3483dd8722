import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import type { RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { type Action, type EventData, record } from '../event/actions.ts'
import { type Actor, system } from '../kernel/actor.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import type { Failure } from '../kernel/failure.ts'
import { parseId } from '../kernel/ids.ts'
import type { JobPayload } from '../kernel/jobs.ts'
import type { Facts } from '../kernel/mediaInfo.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from '../kernel/messages.ts'
import { changeMediaSelect, enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { noteBlob } from '../storage/blobs.ts'
import { conversionJob } from './profiles.ts'

interface Move {
  from: RenditionStatus[]
  to: RenditionStatus
}

/** Which verb leads from which states to which; the row's own update enforces it. */
const moves = {
  // A worker that takes the job over from a dead one finds PROCESSING.
  start: { from: ['QUEUED', 'PROCESSING'], to: 'PROCESSING' },
  complete: { from: ['PROCESSING'], to: 'READY' },
  fail: { from: ['PROCESSING'], to: 'FAILED' },
  release: { from: ['PROCESSING'], to: 'QUEUED' },
  abandon: { from: ['QUEUED', 'PROCESSING'], to: 'FAILED' },
  cancel: { from: ['QUEUED', 'PROCESSING'], to: 'CANCELLED' },
  retry: { from: ['FAILED', 'CANCELLED'], to: 'QUEUED' },
} satisfies Record<string, Move>

export type ConversionRequest = JobPayload<'preview' | 'transcode'>

export interface ConversionTask {
  rendition: Rendition
  mediaId: string
  sha256: string
  facts: Facts
}

export interface ConvertedFile {
  sha256: string
  sizeBytes: number
  mimeType: string
  width: number | null
  height: number | null
}

/** The worker's side. Every report carries the attempt it was started with; one that was overtaken changes nothing. */
export interface Conversions {
  /** Claims the rendition for a new attempt; null where there is nothing to do any more. */
  start(renditionId: string): Promise<ConversionTask | null>
  /** Live percent: to followers, or where `keep` says so to the row. False where the attempt was cancelled or overtaken. */
  progress(task: ConversionTask, percent: number, keep: boolean): Promise<boolean>
  complete(task: ConversionTask, file: ConvertedFile): Promise<boolean>
  fail(task: ConversionTask, failure: Omit<Failure, 'at'>): Promise<boolean>
  /** Back to QUEUED, to be started by whoever comes next: the queue itself sees to another try. */
  release(task: ConversionTask): Promise<boolean>
  /** The queue has given up on this request, whatever attempt was under way; one that was made since goes on. */
  abandon(request: ConversionRequest, failure: Omit<Failure, 'at'>): Promise<void>
}

export interface Renditions extends Conversions {
  retry(actor: Actor, id: string): Promise<Rendition>
  cancel(actor: Actor, id: string): Promise<Rendition>
}

interface RenditionsOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const withMedia = {
  version: { select: { mediaId: true, media: { select: { id: true, ...changeMediaSelect, deletedAt: true } } } },
}

interface Change {
  by: keyof typeof moves
  data?: Prisma.RenditionUpdateManyMutationInput
  /** Only while this attempt is the newest. */
  attempts?: number
  /** Only while nobody has asked for it again. */
  requests?: number
}

export const createRenditions = ({ database, queue, pubsub, clock }: RenditionsOptions): Renditions => {
  /** Writes a change of status if it is allowed from where the row is; null where it is not. */
  const move = async (
    transaction: Transaction,
    id: string,
    { by, data, attempts, requests }: Change,
  ): Promise<Rendition | null> => {
    const { from, to }: Move = moves[by]
    const rows = await transaction.rendition.updateManyAndReturn({
      where: { id, status: { in: from }, attempts, requests },
      data: { ...data, status: to, revision: { increment: 1 } },
    })
    return rows[0] ?? null
  }

  const log = <A extends Action>(
    transaction: Transaction,
    actor: Actor,
    action: A,
    rendition: Rendition,
    mediaId: string,
    data: EventData[A],
  ): Promise<void> => record(transaction, actor, { action, nodeType: 'Rendition', nodeId: rendition.id, mediaId, data })

  const publish = (mediaId: string, rendition: Rendition): void => {
    const message: MediaMessage = { type: 'rendition', ...renditionStateOf(rendition) }
    pubsub.publish(mediaChannel(mediaId), message)
  }

  const dated = (failure: Omit<Failure, 'at'>): Failure => ({
    code: failure.code,
    message: failure.message,
    remedy: failure.remedy,
    retryable: failure.retryable,
    at: clock.now().toISOString(),
  })

  /** Moves, logs and sends in one transaction, then tells followers. */
  const change = async (
    id: string,
    mediaId: string,
    to: Change,
    also: (transaction: Transaction, rendition: Rendition) => Promise<void> = async () => undefined,
  ): Promise<Rendition | null> => {
    const rendition = await database.$transaction(async (transaction) => {
      const moved = await move(transaction, id, to)
      if (moved !== null) await also(transaction, moved)
      return moved
    })
    if (rendition !== null) publish(mediaId, rendition)
    return rendition
  }

  const changeable = async (actor: Actor, id: string) => {
    const rendition = await database.rendition.findUnique({
      where: { id: parseId('Rendition', id) },
      include: withMedia,
    })
    if (rendition === null || rendition.version.media.deletedAt !== null)
      throw new NotFoundError('There is no such rendition.', id)
    enforce(mayChangeMedia(actor, rendition.version.media))
    return { rendition, mediaId: rendition.version.mediaId }
  }

  const failed =
    (mediaId: string, { code }: Failure) =>
    (transaction: Transaction, moved: Rendition) =>
      log(transaction, system, 'rendition.failed', moved, mediaId, { profile: moved.profile, code })

  return {
    async start(renditionId) {
      const version = { include: { version: true } } as const
      const known = await database.rendition.findUnique({ where: { id: renditionId }, ...version })
      if (known === null) return null
      const { mediaId, sha256, kind, mimeType, durationSeconds, width, height } = known.version
      const data = { attempts: { increment: 1 }, percent: 0, failure: Prisma.DbNull, startedAt: clock.now() }
      const rendition = await change(renditionId, mediaId, { by: 'start', data })
      if (rendition === null) return null
      return { rendition, mediaId, sha256, facts: { kind, mimeType, durationSeconds, width, height } }
    },

    async progress({ rendition, mediaId }, percent, keep) {
      if (!keep) {
        publish(mediaId, { ...rendition, percent })
        return true
      }
      const { count } = await database.rendition.updateMany({
        where: { id: rendition.id, status: 'PROCESSING', attempts: rendition.attempts },
        data: { percent },
      })
      return count === 1
    },

    async complete({ rendition, mediaId }, file) {
      const { id, attempts } = rendition
      const done = await database.$transaction(async (transaction) => {
        const data = { ...file, percent: 100 }
        const moved = await move(transaction, id, { by: 'complete', data, attempts })
        if (moved === null) return null
        await noteBlob(transaction, file)
        const { profile } = moved
        const { sizeBytes, sha256 } = file
        await log(transaction, system, 'rendition.completed', moved, mediaId, { profile, sizeBytes, sha256 })
        return moved
      })
      if (done !== null) publish(mediaId, done)
      return done !== null
    },

    async fail({ rendition, mediaId }, why) {
      const failure = dated(why)
      const to: Change = { by: 'fail', data: { failure: { ...failure } }, attempts: rendition.attempts }
      return (await change(rendition.id, mediaId, to, failed(mediaId, failure))) !== null
    },

    async release({ rendition, mediaId }) {
      const to: Change = { by: 'release', data: { percent: 0 }, attempts: rendition.attempts }
      return (await change(rendition.id, mediaId, to)) !== null
    },

    async abandon({ renditionId, request: requests }, why) {
      const known = await database.rendition.findUnique({ where: { id: renditionId }, include: withMedia })
      if (known === null) return
      const failure = dated(why)
      const { mediaId } = known.version
      const to: Change = { by: 'abandon', data: { failure: { ...failure } }, requests }
      await change(renditionId, mediaId, to, failed(mediaId, failure))
    },

    async retry(actor, id) {
      const { rendition, mediaId } = await changeable(actor, id)
      if (rendition.status !== 'FAILED' && rendition.status !== 'CANCELLED')
        throw new StateConflictError(`Only what failed or was cancelled can be retried; this is ${rendition.status}.`)
      const to: Change = {
        by: 'retry',
        data: { percent: 0, failure: Prisma.DbNull, requests: { increment: 1 } },
        attempts: rendition.attempts,
      }
      const queued = await change(rendition.id, mediaId, to, async (transaction, moved) => {
        await log(transaction, actor, 'rendition.retried', moved, mediaId, { profile: moved.profile })
        await queue.send(transaction, conversionJob(moved))
      })
      if (queued === null) throw new StateConflictError('Somebody else has just changed this rendition.')
      return queued
    },

    async cancel(actor, id) {
      const { rendition, mediaId } = await changeable(actor, id)
      const cancelled = await change(rendition.id, mediaId, { by: 'cancel' }, (transaction, moved) =>
        log(transaction, actor, 'rendition.cancelled', moved, mediaId, { profile: moved.profile }),
      )
      if (cancelled === null) throw new StateConflictError('Only what is queued or being made can be cancelled.')
      return cancelled
    },
  }
}
