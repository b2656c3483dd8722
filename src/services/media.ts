import { z } from 'zod'
import { type Media, type MediaVersion, Prisma } from '../../prisma/generated/client/client.ts'
import { MediaKind, MediaStatus, RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { Actor } from './actor.ts'
import { blobKey } from './blobs.ts'
import { InvalidInputError, NotFoundError, StateConflictError } from './errors.ts'
import { record } from './events.ts'
import { parseId } from './ids.ts'
import { parseInput } from './input.ts'
import { type Connection, connectionOf, cursorOf, type PageArguments, parsePage } from './paging.ts'
import { enforce, mayChangeMedia, mayReadStorageUri } from './policies.ts'
import type { Database, PubSub, Queue, Storage, Transaction } from './ports.ts'
import { conversionJob, profilesOf } from './profiles.ts'
import { type MediaMessage, mediaChannel } from './progress.ts'

export interface MediaListArguments extends PageArguments {
  filter?: { kinds?: MediaKind[] | null; statuses?: MediaStatus[] | null } | null
}

export interface MediaConvertInput {
  mediaId: string
  profiles: RenditionProfile[]
}

/** A projection is what a query needs of a row, as Prisma's `include` or `select`. */
export interface MediaLibrary {
  find(actor: Actor, id: string, query: object): Promise<Media | null>
  list(actor: Actor, args: MediaListArguments, query: object): Promise<Connection<Media>>
  /** Of something that was just acted on or referred to, which the caller may know of. */
  byId(id: string, query: object): Promise<Media>
  /** In the order of the ids; null where there is none, or it is in the trash. */
  byIds(ids: readonly string[]): Promise<(Media | null)[]>
  /** Where bytes lie; null for those whom it does not concern. */
  storageUri(actor: Actor, sha256: string): string | null
  /** For each media, the others that hold the same bytes: one statement for all of them. */
  duplicatesOf(media: readonly { id: string; sha256: string }[]): Promise<Media[][]>
  /** Numbers of versions, for each id: one statement for all of them. */
  versionCounts(mediaIds: readonly string[]): Promise<number[]>
  /** Tries again what failed: the examination of the bytes, or the renditions that could not be made. */
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

const listShape = z.object({
  kinds: z.array(z.enum(MediaKind)).max(20).nullish(),
  statuses: z.array(z.enum(MediaStatus)).max(20).nullish(),
})

const convertShape = z.object({
  profiles: z.array(z.enum(RenditionProfile)).min(1, 'Name at least one profile.').max(20),
})

const uploadedAtCursor = cursorOf('mediaList:UPLOADED_AT', z.tuple([z.iso.datetime(), z.uuid()]))

export const versionCursor = cursorOf('versions', z.int())

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

  /** Puts ended renditions of the current version back into the queue, and logs each. */
  const requeue = async (transaction: Transaction, actor: Actor, media: Media, where: Prisma.RenditionWhereInput) => {
    const renditions = await transaction.rendition.updateManyAndReturn({
      where: { AND: [where, { versionId: media.currentVersionId, status: { in: ['FAILED', 'CANCELLED'] } }] },
      data: { status: 'QUEUED', percent: 0, failure: Prisma.DbNull, revision: { increment: 1 } },
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

  /** Back to PROCESSING, where it has FAILED: the version is examined anew. */
  const examineAgain = async (transaction: Transaction, actor: Actor, media: Media): Promise<MediaMessage[]> => {
    const versions = await transaction.mediaVersion.updateManyAndReturn({
      where: { id: media.currentVersionId, status: 'FAILED' },
      data: { status: 'PROCESSING', failure: Prisma.DbNull, revision: { increment: 1 } },
    })
    const version = versions[0]
    if (version === undefined) return []
    await transaction.media.update({ where: { id: media.id }, data: { status: 'PROCESSING' } })
    await record(transaction, actor, {
      action: 'media.retried',
      nodeType: 'Media',
      nodeId: media.id,
      mediaId: media.id,
      data: { versionNumber: version.number },
    })
    await queue.send(transaction, { name: 'ingest', payload: { versionId: version.id } })
    return [{ type: 'version', id: version.id, revision: version.revision, status: 'PROCESSING', failure: null }]
  }

  const filterSql = (filter: z.output<typeof listShape>): Prisma.Sql => {
    const conditions = [Prisma.sql`"deletedAt" IS NULL`]
    if (filter.kinds) conditions.push(Prisma.sql`"kind"::text = ANY(${filter.kinds})`)
    if (filter.statuses) conditions.push(Prisma.sql`"status"::text = ANY(${filter.statuses})`)
    return Prisma.join(conditions, ' AND ')
  }

  return {
    find: (_actor, id, query) =>
      database.media.findUnique({ ...query, where: { id: parseId('Media', id), deletedAt: null } }),

    async list(_actor, args, query) {
      const filter = parseInput(listShape, args.filter ?? {})
      const page = parsePage(args, uploadedAtCursor)
      const where = filterSql(filter)
      const after = page.after
        ? Prisma.sql`AND ("uploadedAt", "id") < (${page.after[0]}::timestamptz, ${page.after[1]}::uuid)`
        : Prisma.empty
      const before = page.before
        ? Prisma.sql`AND ("uploadedAt", "id") > (${page.before[0]}::timestamptz, ${page.before[1]}::uuid)`
        : Prisma.empty
      const order = page.backward ? Prisma.sql`"uploadedAt" ASC, "id" ASC` : Prisma.sql`"uploadedAt" DESC, "id" DESC`
      const keys = await database.$queryRaw<{ id: string; uploadedAt: Date }[]>`
        SELECT "id", "uploadedAt" FROM "Media" WHERE ${where} ${after} ${before}
        ORDER BY ${order} LIMIT ${page.limit + 1}`
      // The keys decide the page; a row that vanishes before it is projected simply drops out.
      const rows = await database.media.findMany({ ...query, where: { id: { in: keys.map(({ id }) => id) } } })
      const byId = new Map(rows.map((row) => [row.id, row]))
      const cursorById = new Map(
        keys.map((key) => [key.id, uploadedAtCursor.encode([key.uploadedAt.toISOString(), key.id])]),
      )
      const count = async (): Promise<number> => {
        const counted = await database.$queryRaw<[{ count: bigint }]>`SELECT count(*) FROM "Media" WHERE ${where}`
        return Number(counted[0].count)
      }
      const connection = connectionOf(page, keys, ({ id }) => cursorById.get(id) ?? '', count)
      const edges = connection.edges.flatMap(({ cursor, node }) => {
        const row = byId.get(node.id)
        return row === undefined ? [] : [{ cursor, node: row }]
      })
      return { ...connection, edges }
    },

    byId: (id, query) => database.media.findUniqueOrThrow({ ...query, where: { id } }),

    async byIds(ids) {
      const found = await database.media.findMany({ where: { id: { in: [...ids] }, deletedAt: null } })
      const byId = new Map(found.map((media) => [media.id, media]))
      return ids.map((id) => byId.get(id) ?? null)
    },

    storageUri: (actor, sha256) => (mayReadStorageUri(actor) === null ? storage.uri(blobKey(sha256)) : null),

    async duplicatesOf(media) {
      const found = await database.media.findMany({
        where: { sha256: { in: media.map(({ sha256 }) => sha256) }, deletedAt: null },
        orderBy: [{ uploadedAt: 'asc' }, { id: 'asc' }],
      })
      const groups = Map.groupBy(found, ({ sha256 }) => sha256)
      return media.map(({ id, sha256 }) => (groups.get(sha256) ?? []).filter((other) => other.id !== id).slice(0, 100))
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
      const media = await present(actor, id)
      const messages = await database.$transaction(async (transaction) =>
        media.status === 'FAILED'
          ? examineAgain(transaction, actor, media)
          : requeue(transaction, actor, media, { status: 'FAILED' }),
      )
      if (messages.length === 0) throw new StateConflictError('Nothing of this media has failed.')
      publish(media.id, ...messages)
      return database.media.findUniqueOrThrow({ where: { id: media.id } })
    },

    async convert(actor, raw) {
      const media = await present(actor, raw.mediaId)
      const { profiles } = parseInput(convertShape, raw)
      if (media.status !== 'READY') throw new StateConflictError(`The media is ${media.status}, not READY.`)
      const unfit = profiles.filter((profile) => !profilesOf[media.kind].includes(profile))
      if (unfit.length > 0)
        throw new InvalidInputError([{ path: 'profiles', message: `${media.kind} has no ${unfit.join(', ')}.` }])
      const messages = await database.$transaction(async (transaction) => {
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
        const again = await requeue(transaction, actor, media, { profile: { in: profiles } })
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
      publish(media.id, ...messages)
      return database.media.findUniqueOrThrow({ where: { id: media.id } })
    },
  }
}
