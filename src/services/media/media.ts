import type { Media, MediaVersion, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { mayReadStorageUri } from '../kernel/policies.ts'
import type { Database, Storage } from '../kernel/ports.ts'
import { int4 } from '../kernel/scalars.ts'
import { blobKey } from '../storage/blobs.ts'

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
}

interface MediaLibraryOptions {
  database: Database
  storage: Storage
}

/** Of one media; shown to people, who merge some to see more. */
const maxDuplicates = 100

export const versionCursor = createCursorCodec('versions', int4)

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

export const createMediaLibrary = ({ database, storage }: MediaLibraryOptions): MediaLibrary => {
  return {
    find: (_actor, { id, trashed }, query) =>
      database.media.findUnique({
        ...query,
        where: { id: parseId('Media', id), deletedAt: trashed ? undefined : null },
      }),

    byId: (id, query) => database.media.findUniqueOrThrow({ ...query, where: { id } }),

    async byIds(ids) {
      const rows = await database.media.findMany({ where: { id: { in: [...ids] }, deletedAt: null } })
      const byId = new Map(rows.map((media) => [media.id, media]))
      return ids.map((id) => byId.get(id) ?? null)
    },

    storageUri: (actor, sha256) => (mayReadStorageUri(actor) === null ? storage.uri(blobKey(sha256)) : null),

    async duplicatesOf(media) {
      const hashes = [...new Set(media.map(({ sha256 }) => sha256))]
      // One more than is shown: each media is among the copies of its own content.
      const copies = await database.$queryRaw<{ id: string }[]>`
        SELECT copy."id" FROM unnest(${hashes}::bpchar[]) AS content("sha256") CROSS JOIN LATERAL (
          SELECT "id" FROM "Media" WHERE "Media"."sha256" = content."sha256" AND "deletedAt" IS NULL
          ORDER BY "uploadedAt", "id" LIMIT ${maxDuplicates + 1}
        ) AS copy`
      const rows = await database.media.findMany({
        where: { id: { in: copies.map(({ id }) => id) }, deletedAt: null },
        orderBy: [{ uploadedAt: 'asc' }, { id: 'asc' }],
      })
      const groups = Map.groupBy(rows, ({ sha256 }) => sha256)
      return media.map(({ id, sha256 }) =>
        (groups.get(sha256) ?? []).filter((other) => other.id !== id).slice(0, maxDuplicates),
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
  }
}
