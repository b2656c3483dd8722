import { z } from 'zod'
import { type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/actions.ts'
import { system, uploaderActor } from '../kernel/actor.ts'
import { datedFailure, type FailureReason, type ProcessingFailure } from '../kernel/failure.ts'
import type { JobPayload } from '../kernel/jobs.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesByKind } from '../rendition/profiles.ts'
import { isCompatibleKind, kindMismatch, publishVersion, shouldBecomeCurrent, switchVersion } from './succession.ts'

export type IngestPayload = JobPayload<'ingest'>

export interface IngestTask {
  sha256: string
  fileName: string
  declaredType: string | null
}

/**
 * The worker's side of examining a new version: read the task, examine, then report once. What is said of an examination
 * that has ended, or that somebody has asked for anew since, changes nothing.
 */
export interface Ingest {
  /** Null where there is nothing to do any more. */
  readTask(payload: IngestPayload): Promise<IngestTask | null>
  /** The bytes can be used: facts are set, the renditions that fit are queued. */
  succeed(payload: IngestPayload, mediaInfo: MediaInfo, renditions: readonly RenditionProfile[]): Promise<void>
  fail(payload: IngestPayload, mediaInfo: Partial<MediaInfo>, failure: FailureReason): Promise<void>
}

interface IngestOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const requestedProfiles = z.array(z.enum(RenditionProfile)).nullable()

export const createIngest = ({ database, queue, pubsub, clock }: IngestOptions): Ingest => {
  /** Ends the examination of a version that is still examined. Its media is locked by `examined`. */
  const finishVersion = async (
    transaction: Transaction,
    { id, mediaId }: MediaVersion,
    change: Prisma.MediaVersionUpdateInput & { status: 'READY' | 'FAILED' },
  ): Promise<MediaVersion> => {
    const version = await transaction.mediaVersion.update({
      where: { id },
      data: { ...change, revision: { increment: 1 } },
    })
    const { kind, mimeType, status } = version
    // While another version is current, nothing of the media changes.
    await transaction.media.updateMany({
      where: { id: mediaId, currentVersionId: id },
      data: { kind, mimeType, status },
    })
    return version
  }

  /**
   * The version with what its media shows, under the media's lock, which decides who switches first. Null where the
   * examination has ended before: a second worker's report changes nothing. While it lasts the revision stays.
   */
  const lockProcessingVersion = async (transaction: Transaction, { versionId, revision }: IngestPayload) => {
    const row = await transaction.mediaVersion.findUnique({ where: { id: versionId }, select: { mediaId: true } })
    if (row === null) return null
    await lockMedia(transaction, [row.mediaId])
    const version = await transaction.mediaVersion.findUnique({
      where: { id: versionId, revision, status: 'PROCESSING' },
      include: { media: { select: { currentVersion: true } } },
    })
    return version === null ? null : { version, current: version.media.currentVersion }
  }

  const finishAsFailed = async (
    transaction: Transaction,
    processingVersion: MediaVersion,
    mediaInfo: Partial<MediaInfo>,
    failure: ProcessingFailure,
  ): Promise<MediaVersion> => {
    const version = await finishVersion(transaction, processingVersion, {
      ...mediaInfo,
      status: 'FAILED',
      failure: { ...failure },
    })
    await record(transaction, system, {
      action: 'media.failed',
      nodeType: 'Media',
      nodeId: version.mediaId,
      mediaId: version.mediaId,
      data: { versionNumber: version.number, code: failure.code },
    })
    return version
  }

  /** In the transaction that found it usable: readers see the old bytes or the new, never neither. */
  const replace = async (transaction: Transaction, version: MediaVersion, current: MediaVersion): Promise<void> => {
    if (!(await shouldBecomeCurrent(transaction, version))) return
    await switchVersion(transaction, version)
    const { mediaId, number: versionNumber, sha256, createdById } = version
    // The work of the uploader, done by the system.
    const actor = createdById === null ? system : uploaderActor(createdById)
    await record(transaction, actor, {
      action: 'media.replaced',
      nodeType: 'Media',
      nodeId: mediaId,
      mediaId,
      data: { versionNumber, previousVersionNumber: current.number, sha256 },
    })
  }

  return {
    async readTask({ versionId, revision }) {
      const version = await database.mediaVersion.findUnique({
        where: { id: versionId, revision, status: 'PROCESSING' },
      })
      if (version === null) return null
      return {
        sha256: version.sha256,
        fileName: version.originalFileName,
        declaredType: version.declaredType,
      }
    },

    async succeed(payload, mediaInfo, applicableProfiles) {
      const result = await database.$transaction(async (transaction) => {
        const target = await lockProcessingVersion(transaction, payload)
        if (target === null) return null
        const { version: processingVersion, current } = target
        if (processingVersion.id !== current.id && !isCompatibleKind(current, mediaInfo.kind))
          return {
            version: await finishAsFailed(
              transaction,
              processingVersion,
              mediaInfo,
              datedFailure(kindMismatch(current.kind, mediaInfo.kind), clock),
            ),
            renditions: [],
          }
        const version = await finishVersion(transaction, processingVersion, {
          ...mediaInfo,
          status: 'READY',
          failure: Prisma.DbNull,
        })
        const allowedProfiles = requestedProfiles.parse(version.profiles)
        const profiles = profilesByKind[mediaInfo.kind].filter(
          (profile) => applicableProfiles.includes(profile) && (allowedProfiles?.includes(profile) ?? true),
        )
        const renditions = await transaction.rendition.createManyAndReturn({
          data: profiles.map((profile) => ({ versionId: version.id, profile })),
        })
        await record(transaction, system, {
          action: 'media.processed',
          nodeType: 'Media',
          nodeId: version.mediaId,
          mediaId: version.mediaId,
          data: {
            versionNumber: version.number,
            kind: mediaInfo.kind,
            mimeType: mediaInfo.mimeType,
            renditions: profiles,
          },
        })
        if (version.id !== current.id) await replace(transaction, version, current)
        await queue.send(transaction, ...renditions.map(conversionJob))
        return { version, renditions }
      })
      if (result !== null) publishVersion(pubsub, result.version, result.renditions)
    },

    async fail(payload, mediaInfo, failure) {
      const result = await database.$transaction(async (transaction) => {
        const target = await lockProcessingVersion(transaction, payload)
        return target === null
          ? null
          : finishAsFailed(transaction, target.version, mediaInfo, datedFailure(failure, clock))
      })
      if (result !== null) publishVersion(pubsub, result)
    },
  }
}
