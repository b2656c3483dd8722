import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import { system } from '../kernel/actor.ts'
import { datedFailure, type FailureReason, type ProcessingFailure } from '../kernel/failure.ts'
import type { JobPayload } from '../kernel/jobs.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { referenceBlob } from '../storage/blobs.ts'
import { createRenditionTransition, publishRendition, recordRendition } from './transitions.ts'

export type ConversionRequest = JobPayload<'preview' | 'transcode'>

export interface ConversionTask {
  rendition: Rendition
  mediaId: string
  sha256: string
  mediaInfo: MediaInfo
}

export interface ConvertedFile {
  sha256: string
  sizeBytes: number
  mimeType: string
  width: number | null
  height: number | null
}

/** The worker's side of a rendition. Every report carries the attempt it belongs to; an overtaken attempt changes nothing. */
export interface Conversions {
  /** Claims the rendition for a new attempt; null where nothing is left to do. */
  start(renditionId: string): Promise<ConversionTask | null>
  /** Live percent: to followers, or where `keep` says so to the row. False where the attempt was cancelled or overtaken. */
  reportProgress(task: ConversionTask, percent: number, persist: boolean): Promise<boolean>
  complete(task: ConversionTask, file: ConvertedFile): Promise<boolean>
  fail(task: ConversionTask, reason: FailureReason): Promise<boolean>
  /** Back to QUEUED, to be started by whoever comes next: the queue itself sees to another try. */
  release(task: ConversionTask): Promise<boolean>
  /** The queue has given up on this request, whatever attempt was under way; one that was made since goes on. */
  abandon(request: ConversionRequest, reason: FailureReason): Promise<void>
}

interface ConversionsOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
}

export const createConversions = ({ database, pubsub, clock }: ConversionsOptions): Conversions => {
  const change = createRenditionTransition({ database, pubsub })

  const recordFailure =
    (mediaId: string, { code }: ProcessingFailure) =>
    (transaction: Transaction, rendition: Rendition) =>
      recordRendition(transaction, system, 'rendition.failed', rendition, mediaId, { profile: rendition.profile, code })

  return {
    async start(renditionId) {
      const row = await database.rendition.findUnique({ where: { id: renditionId }, include: { version: true } })
      if (row === null) return null
      const { mediaId, sha256, kind, mimeType, durationSeconds, width, height } = row.version
      const data = { attempts: { increment: 1 }, percent: 0, failure: Prisma.DbNull, startedAt: clock.now() }
      const rendition = await change({ id: renditionId }, mediaId, { transition: 'start', data })
      if (rendition === null) return null
      return { rendition, mediaId, sha256, mediaInfo: { kind, mimeType, durationSeconds, width, height } }
    },

    async reportProgress({ rendition, mediaId }, percent, persist) {
      if (!persist) {
        publishRendition(pubsub, mediaId, { ...rendition, percent })
        return true
      }
      const { count } = await database.rendition.updateMany({
        where: { id: rendition.id, status: 'PROCESSING', attempts: rendition.attempts },
        data: { percent },
      })
      return count === 1
    },

    async complete({ rendition: { id, attempts }, mediaId }, file) {
      const data = { ...file, percent: 100 }
      const completed = await change(
        { id, attempts },
        mediaId,
        { transition: 'complete', data },
        async (transaction, row) => {
          await referenceBlob(transaction, file)
          const { profile } = row
          const { sizeBytes, sha256 } = file
          await recordRendition(transaction, system, 'rendition.completed', row, mediaId, {
            profile,
            sizeBytes,
            sha256,
          })
        },
      )
      return completed !== null
    },

    async fail({ rendition: { id, attempts }, mediaId }, reason) {
      const failure = datedFailure(reason, clock)
      const to = { transition: 'fail', data: { failure: { ...failure } } } as const
      return (await change({ id, attempts }, mediaId, to, recordFailure(mediaId, failure))) !== null
    },

    async release({ rendition: { id, attempts }, mediaId }) {
      return (await change({ id, attempts }, mediaId, { transition: 'release', data: { percent: 0 } })) !== null
    },

    async abandon({ renditionId: id, request: requests }, reason) {
      const row = await database.rendition.findUnique({ where: { id }, include: { version: true } })
      if (row === null) return
      const failure = datedFailure(reason, clock)
      const { mediaId } = row.version
      const to = { transition: 'abandon', data: { failure: { ...failure } } } as const
      await change({ id, requests }, mediaId, to, recordFailure(mediaId, failure))
    },
  }
}
