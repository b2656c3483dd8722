import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import type { IntegrityFault, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { record, recordAll } from '../event/record.ts'
import { type Actor, systemActor } from '../kernel/actor.ts'
import type { JobLease } from '../kernel/jobs.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from '../kernel/messages.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { releaseBlobs } from '../storage/blobs.ts'
import { conversionJob } from './profiles.ts'

interface Transition {
  from: RenditionStatus[]
  to: RenditionStatus
}

/** The allowed changes of a rendition's status. Every update of the column goes through this table. */
const transitions = {
  // A worker that takes over the job of a crashed one finds the status PROCESSING.
  start: { from: ['QUEUED', 'PROCESSING'], to: 'PROCESSING' },
  complete: { from: ['PROCESSING'], to: 'READY' },
  fail: { from: ['PROCESSING'], to: 'FAILED' },
  release: { from: ['PROCESSING'], to: 'QUEUED' },
  abandon: { from: ['QUEUED', 'PROCESSING'], to: 'FAILED' },
  cancel: { from: ['QUEUED', 'PROCESSING'], to: 'CANCELLED' },
  retry: { from: ['FAILED', 'CANCELLED'], to: 'QUEUED' },
  // Only if the stored file is missing or damaged.
  remake: { from: ['READY'], to: 'QUEUED' },
} satisfies Record<string, Transition>

export interface RenditionChange {
  /** `start` is made by `claimRendition`. */
  transition: Exclude<keyof typeof transitions, 'start'>
  data?: Prisma.RenditionUpdateManyMutationInput
}

/** Changes the selected renditions whose current status allows this transition, and resolves to them. */
const transition = (
  transaction: Transaction,
  where: Prisma.RenditionWhereInput,
  { transition: by, data }: RenditionChange,
): Promise<Rendition[]> => {
  const { from, to }: Transition = transitions[by]
  return transaction.rendition.updateManyAndReturn({
    where: { AND: [where, { status: { in: from } }] },
    data: { ...data, status: to, revision: { increment: 1 } },
  })
}

interface Claim {
  id: string
  request: number
  lease: JobLease
  now: Date
}

/**
 * Claims a rendition for an attempt. One statement, since a worker may stop for longer than its lease at any point: it
 * checks that the worker holds the job, that no newer request exists, and that no other job is at work on the row.
 */
export const claimRendition = async (
  database: Database,
  { id, request, lease, now }: Claim,
): Promise<Rendition | null> => {
  const { from, to } = transitions.start
  const [rendition = null] = await database.$queryRaw<Rendition[]>`
    UPDATE "Rendition" SET "status" = ${to}::"RenditionStatus", "revision" = "revision" + 1,
      "attempts" = "attempts" + 1, "jobId" = ${lease.jobId}::uuid, "percent" = 0, "failure" = NULL,
      "startedAt" = ${now}, "updatedAt" = ${now}
    WHERE "id" = ${id}::uuid AND "requests" = ${request} AND "status" = ANY(${from}::"RenditionStatus"[])
      AND ${lease.isHeld} AND ${lease.isFree(Prisma.sql`"Rendition"."jobId"`)}
    RETURNING *`
  return rendition
}

/** Matches renditions on which a worker works or will work. */
export const unfinishedRendition = { status: { in: transitions.abandon.from } } satisfies Prisma.RenditionWhereInput

/** A new request does not wait for the job of an older one, which may still stop; `requests` fences its reports. */
const newRequest = { percent: 0, jobId: null, requests: { increment: 1 } }

/** Queues the FAILED and CANCELLED ones of the selected renditions for another conversion, with log rows and jobs. */
export const retryRenditions = async (
  transaction: Transaction,
  queue: Queue,
  actor: Actor,
  mediaId: string,
  where: Prisma.RenditionWhereInput,
): Promise<Rendition[]> => {
  const renditions = await transition(transaction, where, {
    transition: 'retry',
    data: { ...newRequest, failure: Prisma.DbNull },
  })
  const entries = renditions.map(({ id, profile }) => ({ id, mediaId, data: { profile } }))
  await recordAll(transaction, actor, 'rendition.retried', entries)
  await queue.send(transaction, ...renditions.map(conversionJob))
  return renditions
}

const withoutFile = { mimeType: null, sizeBytes: null, sha256: null, width: null, height: null }

/** Jobs of renditions that are made again run after all others, since there may be thousands. */
const remakePriority = -1

/**
 * Queues a finished rendition again, with a log row and a job, if it still has the faulty file. The file is released:
 * if the new one has the same bytes, storing it replaces the faulty bytes.
 */
export const requeueFaultyRendition = async (
  transaction: Transaction,
  { queue, clock }: { queue: Queue; clock: Clock },
  { id, mediaId, sha256, fault }: { id: string; mediaId: string; sha256: string; fault: IntegrityFault },
): Promise<Rendition | null> => {
  const data = { ...withoutFile, ...newRequest }
  const [rendition = null] = await transition(transaction, { id, sha256 }, { transition: 'remake', data })
  if (rendition === null) return null
  await releaseBlobs(transaction, [sha256], clock.now())
  const { profile } = rendition
  await record(transaction, systemActor, 'rendition.requeued', { id, mediaId }, { profile, fault })
  await queue.send(transaction, { ...conversionJob(rendition), priority: remakePriority })
  return rendition
}

export const publishRendition = (pubsub: PubSub, mediaId: string, rendition: Rendition): void => {
  const message: MediaMessage = { type: 'rendition', ...renditionStateOf(rendition) }
  pubsub.publish(mediaChannel(mediaId), message)
}

/**
 * Changes the status of one rendition and runs `alongside` in the same transaction, then publishes the new state.
 * Null if the current status does not allow the change.
 */
export const createRenditionTransition =
  ({ database, pubsub }: { database: Database; pubsub: PubSub }) =>
  async (
    where: Prisma.RenditionWhereInput,
    mediaId: string,
    change: RenditionChange,
    alongside: (transaction: Transaction, rendition: Rendition) => Promise<void> = async () => undefined,
  ): Promise<Rendition | null> => {
    const rendition = await database.$transaction(async (transaction) => {
      const [row = null] = await transition(transaction, where, change)
      if (row !== null) await alongside(transaction, row)
      return row
    })
    if (rendition !== null) publishRendition(pubsub, mediaId, rendition)
    return rendition
  }
