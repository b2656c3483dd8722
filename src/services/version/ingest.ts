import { z } from 'zod'
import { type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/record.ts'
import { systemActor, uploaderActor } from '../kernel/actor.ts'
import { datedFailure, type FailureReason, type ProcessingFailure } from '../kernel/failure.ts'
import type { Job, JobLease, JobPayload } from '../kernel/jobs.ts'
import { requireLease } from '../kernel/lease.ts'
import { createLostWork } from '../kernel/lostWork.ts'
import type { MediaInfo } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import type { MediaWarning } from '../kernel/warning.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesOf } from '../rendition/profiles.ts'
import { isCompatibleKind, kindMismatch } from './kind.ts'
import { publishVersion, shouldBecomeCurrent, switchVersion } from './succession.ts'

type IngestPayload = JobPayload<'ingest'>

interface IngestTask {
  sha256: string
  fileName: string
  declaredType: string | null
}

/**
 * Worker side of the examination of a new version: reads the task, examines the bytes, then reports once. A report for
 * an examination that has already ended, or that was requested again in the meantime, changes nothing. A report by a
 * worker that has lost the job is refused.
 */
export interface Ingest {
  /** Reads what to examine. Null if the examination has ended or was superseded. */
  readTask(payload: IngestPayload): Promise<IngestTask | null>
  /** Reports usable bytes: stores the media info and the warnings, and queues the renditions that apply. */
  succeed(
    payload: IngestPayload,
    mediaInfo: MediaInfo,
    renditions: readonly RenditionProfile[],
    lease: JobLease,
    warnings?: readonly MediaWarning[],
  ): Promise<void>
  /** Reports unusable bytes: stores the failure and the media info as far as it is known. */
  fail(payload: IngestPayload, mediaInfo: Partial<MediaInfo>, failure: FailureReason, lease: JobLease): Promise<void>
  /** Sends the jobs of unfinished examinations that have none, or fails those that lost it too often. Resolves to their number. */
  repair(reason: FailureReason, lease: JobLease): Promise<number>
}

interface IngestOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const requestedProfiles = z.array(z.enum(RenditionProfile)).nullable()

const ingestJob = ({ id: versionId, revision }: MediaVersion): Job => ({
  name: 'ingest',
  payload: { versionId, revision },
})

export const createIngest = ({ database, queue, pubsub, clock }: IngestOptions): Ingest => {
  const repairLost = createLostWork({
    database,
    queue,
    table: Prisma.sql`"MediaVersion"`,
    isUnfinished: Prisma.sql`work."status" = 'PROCESSING'`,
    number: Prisma.sql`work."revision"`,
  })

  /** Ends the examination of a PROCESSING version whose media `lockProcessingVersion` has locked. */
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
    // Matches no row while another version is current: the media then stays unchanged.
    await transaction.media.updateMany({
      where: { id: mediaId, currentVersionId: id },
      data: { kind, mimeType, status },
    })
    return version
  }

  /**
   * Returns the version and its media's current version, under the media's row lock, which decides which version
   * switches first. Null if the examination has already ended, so that a second worker's report changes nothing.
   * The revision does not change while an examination runs.
   */
  const lockProcessingVersion = async (
    transaction: Transaction,
    { versionId, revision }: IngestPayload,
    lease: JobLease,
  ) => {
    const row = await transaction.mediaVersion.findUnique({ where: { id: versionId }, select: { mediaId: true } })
    if (row === null) return null
    await lockMedia(transaction, [row.mediaId])
    await requireLease(transaction, lease)
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
    const data = { versionNumber: version.number, code: failure.code }
    await record(transaction, systemActor, 'media.failed', { id: version.mediaId }, data)
    return version
  }

  /**
   * Makes a replacement current in the same transaction that marks it READY: readers see the old bytes or the new ones,
   * never neither.
   */
  const replace = async (transaction: Transaction, version: MediaVersion, current: MediaVersion): Promise<void> => {
    if (!(await shouldBecomeCurrent(transaction, version))) return
    await switchVersion(transaction, version)
    const { mediaId, number: versionNumber, sha256, createdById } = version
    // The system acts on behalf of the uploader, whom the log names as the actor.
    const actor = createdById === null ? systemActor : uploaderActor(createdById)
    const data = { versionNumber, previousVersionNumber: current.number, sha256 }
    await record(transaction, actor, 'media.replaced', { id: mediaId }, data)
  }

  const fail: Ingest['fail'] = async (payload, mediaInfo, failure, lease) => {
    const result = await database.$transaction(async (transaction) => {
      const target = await lockProcessingVersion(transaction, payload, lease)
      return target === null
        ? null
        : finishAsFailed(transaction, target.version, mediaInfo, datedFailure(failure, clock))
    })
    if (result !== null) publishVersion(pubsub, result)
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

    async succeed(payload, mediaInfo, applicableProfiles, lease, warnings = []) {
      const result = await database.$transaction(async (transaction) => {
        const target = await lockProcessingVersion(transaction, payload, lease)
        if (target === null) return null
        const { version: processingVersion, current } = target
        if (processingVersion.id !== current.id && !isCompatibleKind(current, mediaInfo))
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
          warnings: warnings.length > 0 ? warnings.map(({ code, message }) => ({ code, message })) : Prisma.DbNull,
        })
        const allowedProfiles = requestedProfiles.parse(version.profiles)
        const profiles = profilesOf(mediaInfo).filter(
          (profile) => applicableProfiles.includes(profile) && (allowedProfiles?.includes(profile) ?? true),
        )
        const renditions = await transaction.rendition.createManyAndReturn({
          data: profiles.map((profile) => ({ versionId: version.id, profile })),
        })
        const { kind, mimeType } = mediaInfo
        const data = { versionNumber: version.number, kind, mimeType, renditions: profiles }
        await record(transaction, systemActor, 'media.processed', { id: version.mediaId }, data)
        if (version.id !== current.id) await replace(transaction, version, current)
        await queue.send(transaction, ...renditions.map(conversionJob))
        return { version, renditions }
      })
      if (result !== null) publishVersion(pubsub, result.version, result.renditions)
    },

    fail,

    repair: (reason, lease) =>
      repairLost({
        async resend(transaction, ids) {
          const rows = await transaction.mediaVersion.findMany({ where: { id: { in: ids } } })
          await queue.send(transaction, ...rows.map(ingestJob))
        },
        abandon: ({ id, number }) => fail({ versionId: id, revision: number }, {}, reason, lease),
      }),
  }
}
