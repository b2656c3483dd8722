import { z } from 'zod'
import { type Media, type MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import type { Job } from '../kernel/jobs.ts'
import { type MediaMessage, mediaChannel } from '../kernel/messages.ts'
import { type Connection, connectionOf, cursorOf, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayChangeMedia, mayReadStorageUri } from '../kernel/policies.ts'
import type { Database, PubSub, Queue, Storage, Transaction } from '../kernel/ports.ts'
import { int4 } from '../kernel/scalars.ts'
import { changeMedia } from '../locking/lanes.ts'
import { lockPresentMedia } from '../locking/rowLocks.ts'
import { conversionJob, profilesOf } from '../rendition/profiles.ts'
import { blobKey } from '../storage/blobs.ts'

export interface MediaConvertInput {
  mediaId: string
  profiles: RenditionProfile[]
}

/** A projection is what a query needs of a row, as Prisma's `include` or `select`. */
export interface MediaLibrary {
  /** With `trashed` also in the trash. */
  find(actor: Actor, input: { id: string; trashed?: boolean | null }, query: object): Promise<Media | null>
  /** Of something that was just acted on or referred to, which the caller may know of. */
  byId(id: string, query: object): Promise<Media>
  /** In the order of the ids; null where there is none, or it is in the trash. */
  byIds(ids: readonly string[]): Promise<(Media | null)[]>
  /** Where bytes lie; null for those whom it does not concern. */
  storageUri(actor: Actor, sha256: string): string | null
  /** For each media, the oldest others that hold the same bytes, at most 100: two statements for all of them. */
  duplicatesOf(media: readonly { id: string; sha256: string }[]): Promise<Media[][]>
  /** Numbers of versions, for each id: one statement for all of them. */
  versionCounts(mediaIds: readonly string[]): Promise<number[]>
  /**
   * Tries again what failed of the current version and of the newest one, which may be a replacement that was refused: the
   * examination of the bytes, or the renditions that could not be made. Versions in between are history.
   */
  retry(actor: Actor, id: string): Promise<Media>
  /** Asks for renditions; what is there already, or on its way, stays. */
  convert(actor: Actor, input: MediaConvertInput): Promise<Media>
}

interface MediaLibraryOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  storage: Storage
}

/** Of one media; shown to people, who merge some to see more. */
const mostDuplicates = 100

const convertShape = z.object({
  profiles: z.array(z.enum(RenditionProfile)).min(1, 'Name at least one profile.').max(20),
})

export const versionCursor = cursorOf('versions', int4)

/** Nested lists come with their media: the page becomes part of the statement that loads it. */
export const versionsPage = (args: PageArguments) => {
  const page = parsePage(args, versionCursor)
  const number: Prisma.IntFilter = { gt: page.before ?? undefined, lt: page.after ?? undefined }
  return {
    page,
    query: {
      where: { number },
      orderBy: { number: page.backward ? 'asc' : 'desc' },
      take: page.limit + 1,
    } as const,
  }
}

export const versionsConnection = <Row extends MediaVersion>(
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> =>
  connectionOf(parsePage(args, versionCursor), rows, (row) => versionCursor.encode(row.number), totalCount)

export const createMediaLibrary = ({ database, queue, pubsub, storage }: MediaLibraryOptions): MediaLibrary => {
  const publish = (mediaId: string, ...messages: MediaMessage[]): void => {
    for (const message of messages) pubsub.publish(mediaChannel(mediaId), message)
  }

  const present = async (actor: Actor, id: string): Promise<Media> => {
    const media = await database.media.findUnique({ where: { id: parseId('Media', id), deletedAt: null } })
    if (media === null) throw new NotFoundError('There is no such media.', id)
    enforce(mayChangeMedia(actor, media))
    return media
  }

  /** Puts ended renditions back into the queue, and logs each. */
  const requeue = async (
    transaction: Transaction,
    actor: Actor,
    media: { id: string },
    where: Prisma.RenditionWhereInput,
  ): Promise<MediaMessage[]> => {
    const renditions = await transaction.rendition.updateManyAndReturn({
      where: { AND: [where, { status: { in: ['FAILED', 'CANCELLED'] } }] },
      data: {
        status: 'QUEUED',
        percent: 0,
        failure: Prisma.DbNull,
        requests: { increment: 1 },
        revision: { increment: 1 },
      },
    })
    const mediaId = media.id
    for (const { id: nodeId, profile } of renditions)
      await record(transaction, actor, {
        action: 'rendition.retried',
        nodeType: 'Rendition',
        nodeId,
        mediaId,
        data: { profile },
      })
    await queue.send(transaction, ...renditions.map(conversionJob))
    return renditions.map(
      ({ id, revision, status, attempts, percent }): MediaMessage => ({
        type: 'rendition',
        id,
        revision,
        status,
        attempts,
        percent,
        failure: null,
      }),
    )
  }

  /** Back to PROCESSING, where they have FAILED: these versions are examined anew. */
  const examineAgain = async (
    transaction: Transaction,
    actor: Actor,
    media: Media,
    versionIds: string[],
  ): Promise<MediaMessage[]> => {
    const versions = await transaction.mediaVersion.updateManyAndReturn({
      where: { id: { in: versionIds }, status: 'FAILED' },
      data: { status: 'PROCESSING', failure: Prisma.DbNull, revision: { increment: 1 } },
    })
    // A replacement that failed has changed nothing of the media, nor does its second try.
    if (versions.some(({ id }) => id === media.currentVersionId))
      await transaction.media.update({ where: { id: media.id }, data: { status: 'PROCESSING' } })
    for (const { number: versionNumber } of versions)
      await record(transaction, actor, {
        action: 'media.retried',
        nodeType: 'Media',
        nodeId: media.id,
        mediaId: media.id,
        data: { versionNumber },
      })
    await queue.send(
      transaction,
      ...versions.map(({ id: versionId, revision }): Job => ({ name: 'ingest', payload: { versionId, revision } })),
    )
    return versions.map(({ id, revision }) => ({ type: 'version', id, revision, status: 'PROCESSING', failure: null }))
  }

  return {
    find: (_actor, { id, trashed }, query) =>
      database.media.findUnique({
        ...query,
        where: { id: parseId('Media', id), deletedAt: trashed ? undefined : null },
      }),

    byId: (id, query) => database.media.findUniqueOrThrow({ ...query, where: { id } }),

    async byIds(ids) {
      const found = await database.media.findMany({ where: { id: { in: [...ids] }, deletedAt: null } })
      const byId = new Map(found.map((media) => [media.id, media]))
      return ids.map((id) => byId.get(id) ?? null)
    },

    storageUri: (actor, sha256) => (mayReadStorageUri(actor) === null ? storage.uri(blobKey(sha256)) : null),

    async duplicatesOf(media) {
      const contents = [...new Set(media.map(({ sha256 }) => sha256))]
      // One more than is shown: each media is among the copies of its own content.
      const copies = await database.$queryRaw<{ id: string }[]>`
        SELECT copy."id" FROM unnest(${contents}::bpchar[]) AS content("sha256") CROSS JOIN LATERAL (
          SELECT "id" FROM "Media" WHERE "Media"."sha256" = content."sha256" AND "deletedAt" IS NULL
          ORDER BY "uploadedAt", "id" LIMIT ${mostDuplicates + 1}
        ) AS copy`
      const found = await database.media.findMany({
        where: { id: { in: copies.map(({ id }) => id) }, deletedAt: null },
        orderBy: [{ uploadedAt: 'asc' }, { id: 'asc' }],
      })
      const groups = Map.groupBy(found, ({ sha256 }) => sha256)
      return media.map(({ id, sha256 }) =>
        (groups.get(sha256) ?? []).filter((other) => other.id !== id).slice(0, mostDuplicates),
      )
    },

    async versionCounts(mediaIds) {
      const counts = await database.mediaVersion.groupBy({
        by: 'mediaId',
        where: { mediaId: { in: [...mediaIds] } },
        _count: true,
      })
      const byId = new Map(counts.map(({ mediaId, _count }) => [mediaId, _count]))
      return mediaIds.map((id) => byId.get(id) ?? 0)
    },

    async retry(actor, id) {
      const { id: mediaId } = await present(actor, id)
      const messages = await changeMedia(database, mediaId, async (transaction) => {
        const media = await lockPresentMedia(transaction, mediaId)
        const newest = await transaction.mediaVersion.findFirst({ where: { mediaId }, orderBy: { number: 'desc' } })
        const versionIds = [...new Set([media.currentVersionId, newest?.id ?? media.currentVersionId])]
        return [
          ...(await examineAgain(transaction, actor, media, versionIds)),
          ...(await requeue(transaction, actor, media, { versionId: { in: versionIds }, status: 'FAILED' })),
        ]
      })
      if (messages.length === 0) throw new StateConflictError('Nothing of this media has failed.')
      publish(mediaId, ...messages)
      return database.media.findUniqueOrThrow({ where: { id: mediaId } })
    },

    async convert(actor, raw) {
      const { id } = await present(actor, raw.mediaId)
      const { profiles } = parseInput(convertShape, raw)
      const messages = await changeMedia(database, id, async (transaction) => {
        // As it is now: it may have been trashed, purged or replaced since it was found.
        const media = await lockPresentMedia(transaction, id)
        if (media.status !== 'READY') throw new StateConflictError(`The media is ${media.status}, not READY.`)
        const unfit = profiles.filter((profile) => !profilesOf[media.kind].includes(profile))
        if (unfit.length > 0)
          throw new InvalidInputError([{ path: 'profiles', message: `${media.kind} has no ${unfit.join(', ')}.` }])
        const made = await transaction.rendition.createManyAndReturn({
          data: [...new Set(profiles)].map((profile) => ({ versionId: media.currentVersionId, profile })),
          skipDuplicates: true,
        })
        for (const { id: nodeId, profile } of made)
          await record(transaction, actor, {
            action: 'rendition.requested',
            nodeType: 'Rendition',
            nodeId,
            mediaId: media.id,
            data: { profile },
          })
        await queue.send(transaction, ...made.map(conversionJob))
        const again = await requeue(transaction, actor, media, {
          versionId: media.currentVersionId,
          profile: { in: profiles },
        })
        return [
          ...again,
          ...made.map(
            ({ id }): MediaMessage => ({
              type: 'rendition',
              id,
              revision: 0,
              status: 'QUEUED',
              attempts: 0,
              percent: 0,
              failure: null,
            }),
          ),
        ]
      })
      publish(id, ...messages)
      return database.media.findUniqueOrThrow({ where: { id } })
    },
  }
}
