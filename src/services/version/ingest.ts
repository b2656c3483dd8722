import { z } from 'zod'
import { type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/actions.ts'
import { system, uploaderActor } from '../kernel/actor.ts'
import { datedFailure, type Failure, type FailureReason } from '../kernel/failure.ts'
import type { JobPayload } from '../kernel/jobs.ts'
import type { Facts } from '../kernel/mediaInfo.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesOf } from '../rendition/profiles.ts'
import { isSameKind, kindMismatch, publishVersion, switchVersion, takesOver } from './succession.ts'

export type Examination = JobPayload<'ingest'>

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
  task(examination: Examination): Promise<IngestTask | null>
  /** The bytes can be used: facts are set, the renditions that fit are queued. */
  succeed(examination: Examination, facts: Facts, renditions: readonly RenditionProfile[]): Promise<void>
  fail(examination: Examination, facts: Partial<Facts>, failure: FailureReason): Promise<void>
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
  const settle = async (
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
  const examined = async (transaction: Transaction, { versionId, revision }: Examination) => {
    const known = await transaction.mediaVersion.findUnique({ where: { id: versionId }, select: { mediaId: true } })
    if (known === null) return null
    await lockMedia(transaction, [known.mediaId])
    const version = await transaction.mediaVersion.findUnique({
      where: { id: versionId, revision, status: 'PROCESSING' },
      include: { media: { select: { currentVersion: true } } },
    })
    return version === null ? null : { version, current: version.media.currentVersion }
  }

  const settleFailed = async (
    transaction: Transaction,
    before: MediaVersion,
    facts: Partial<Facts>,
    failure: Failure,
  ): Promise<MediaVersion> => {
    const version = await settle(transaction, before, { ...facts, status: 'FAILED', failure: { ...failure } })
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
    if (!(await takesOver(transaction, version))) return
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
    async task({ versionId, revision }) {
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

    async succeed(examination, facts, fitting) {
      const settled = await database.$transaction(async (transaction) => {
        const found = await examined(transaction, examination)
        if (found === null) return null
        const { version: before, current } = found
        if (before.id !== current.id && !isSameKind(current, facts.kind))
          return {
            version: await settleFailed(
              transaction,
              before,
              facts,
              datedFailure(kindMismatch(current.kind, facts.kind), clock),
            ),
            renditions: [],
          }
        const version = await settle(transaction, before, { ...facts, status: 'READY', failure: Prisma.DbNull })
        const requested = requestedProfiles.parse(version.profiles)
        const profiles = profilesOf[facts.kind].filter(
          (profile) => fitting.includes(profile) && (requested?.includes(profile) ?? true),
        )
        const renditions = await transaction.rendition.createManyAndReturn({
          data: profiles.map((profile) => ({ versionId: version.id, profile })),
        })
        await record(transaction, system, {
          action: 'media.processed',
          nodeType: 'Media',
          nodeId: version.mediaId,
          mediaId: version.mediaId,
          data: { versionNumber: version.number, kind: facts.kind, mimeType: facts.mimeType, renditions: profiles },
        })
        if (version.id !== current.id) await replace(transaction, version, current)
        await queue.send(transaction, ...renditions.map(conversionJob))
        return { version, renditions }
      })
      if (settled !== null) publishVersion(pubsub, settled.version, settled.renditions)
    },

    async fail(examination, facts, failure) {
      const settled = await database.$transaction(async (transaction) => {
        const found = await examined(transaction, examination)
        return found === null ? null : settleFailed(transaction, found.version, facts, datedFailure(failure, clock))
      })
      if (settled !== null) publishVersion(pubsub, settled)
    },
  }
}
