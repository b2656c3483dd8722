import { z } from 'zod'
import { type MediaVersion, Prisma, type Rendition } from '../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import { system } from './actor.ts'
import { record } from './events.ts'
import type { Facts } from './facts.ts'
import type { Failure } from './failure.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from './ports.ts'
import { conversionJob, profilesOf } from './profiles.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from './progress.ts'

export interface IngestTask {
  versionId: string
  sha256: string
  fileName: string
  declaredType: string | null
}

/** The worker's side of examining a new version: read the task, examine, then report once. */
export interface Ingest {
  /** Null where there is nothing to do any more. */
  task(versionId: string): Promise<IngestTask | null>
  /** The bytes can be used: facts are set, the renditions that fit are queued. */
  succeed(versionId: string, facts: Facts, renditions: readonly RenditionProfile[]): Promise<void>
  fail(versionId: string, facts: Partial<Facts>, failure: Omit<Failure, 'at'>): Promise<void>
}

interface IngestOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const requestedProfiles = z.array(z.enum(RenditionProfile)).nullable()

export const createIngest = ({ database, queue, pubsub, clock }: IngestOptions): Ingest => {
  /** Ends the examination of a version; null where it has ended before: a second worker's report changes nothing. */
  const settle = async (
    transaction: Transaction,
    versionId: string,
    change: Prisma.MediaVersionUpdateManyMutationInput & { status: 'READY' | 'FAILED' },
  ) => {
    const { count } = await transaction.mediaVersion.updateMany({
      where: { id: versionId, status: 'PROCESSING' },
      data: { ...change, revision: { increment: 1 } },
    })
    if (count === 0) return null
    const version = await transaction.mediaVersion.findUniqueOrThrow({ where: { id: versionId } })
    const { kind, mimeType, status } = version
    await transaction.media.updateMany({
      where: { currentVersionId: versionId },
      data: { kind, mimeType, status },
    })
    return version
  }

  const publish = (version: MediaVersion, failure: Failure | null, renditions: readonly Rendition[] = []): void => {
    const { id, mediaId, revision, status } = version
    // In one message: followers see the version become usable and its renditions queued at the same moment.
    const made = renditions.map(renditionStateOf)
    const message: MediaMessage = { type: 'version', id, revision, status, failure, renditions: made }
    pubsub.publish(mediaChannel(mediaId), message)
  }

  return {
    async task(versionId) {
      const version = await database.mediaVersion.findUnique({ where: { id: versionId, status: 'PROCESSING' } })
      if (version === null) return null
      return {
        versionId,
        sha256: version.sha256,
        fileName: version.originalFileName,
        declaredType: version.declaredType,
      }
    },

    async succeed(versionId, facts, fitting) {
      const settled = await database.$transaction(async (transaction) => {
        const version = await settle(transaction, versionId, { ...facts, status: 'READY', failure: Prisma.DbNull })
        if (version === null) return null
        const requested = requestedProfiles.parse(version.profiles)
        const profiles = profilesOf[facts.kind].filter(
          (profile) => fitting.includes(profile) && (requested?.includes(profile) ?? true),
        )
        const renditions = await transaction.rendition.createManyAndReturn({
          data: profiles.map((profile) => ({ versionId, profile })),
        })
        await record(transaction, system, {
          action: 'media.processed',
          nodeType: 'Media',
          nodeId: version.mediaId,
          mediaId: version.mediaId,
          data: { versionNumber: version.number, kind: facts.kind, mimeType: facts.mimeType, renditions: profiles },
        })
        await queue.send(transaction, ...renditions.map(conversionJob))
        return { version, renditions }
      })
      if (settled !== null) publish(settled.version, null, settled.renditions)
    },

    async fail(versionId, facts, { code, message, remedy, retryable }) {
      const failure: Failure = { code, message, remedy, retryable, at: clock.now().toISOString() }
      const settled = await database.$transaction(async (transaction) => {
        const version = await settle(transaction, versionId, { ...facts, status: 'FAILED', failure: { ...failure } })
        if (version === null) return null
        await record(transaction, system, {
          action: 'media.failed',
          nodeType: 'Media',
          nodeId: version.mediaId,
          mediaId: version.mediaId,
          data: { versionNumber: version.number, code },
        })
        return version
      })
      if (settled !== null) publish(settled, failure)
    },
  }
}
