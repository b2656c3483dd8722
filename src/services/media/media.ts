import type { Media, MediaVersion } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { keyset } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { mayReadStorageUri } from '../kernel/policies.ts'
import type { Database, Storage } from '../kernel/ports.ts'
import { int4 } from '../kernel/scalars.ts'
import { blobKey } from '../storage/blobs.ts'

/** Reads media. A `query` is a projection: the columns and relations that a query needs, as Prisma's `include` or `select`. */
export interface MediaLibrary {
  /** Finds a media by its Relay id; in the trash only if `trashed` is true. */
  find(actor: Actor, input: { id: string; trashed?: boolean | null }, query: object): Promise<Media | null>
  /** Returns the media of a command's result or of a reference; the caller is allowed to see it. */
  byId(id: string, query: object): Promise<Media>
  /** Returns the media in the order of the ids; null for an unknown id and for a media in the trash. */
  byIds(ids: readonly string[]): Promise<(Media | null)[]>
  /** Storage location of bytes; null if the caller may not see it. */
  storageUri(actor: Actor, sha256: string): string | null
  /** For each media, the oldest 100 others with the same bytes. Runs two statements, however many media. */
  duplicatesOf(media: readonly { id: string; sha256: string }[]): Promise<Media[][]>
  /** Number of versions for each id. Runs one statement, however many ids. */
  versionCounts(mediaIds: readonly string[]): Promise<number[]>
}

interface MediaLibraryOptions {
  database: Database
  storage: Storage
}

/** Limit for each media: people read this list, and merge some of the duplicates to see further ones. */
const maxDuplicates = 100

const versionCursor = createCursorCodec('versions', int4)

/** Page of the versions of a media. It is part of the statement that loads the media. */
export const versionsPage = (args: PageArguments) => keyset(parsePage(args, versionCursor), 'desc', 'number')

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
      return inOrder(ids, rows)
    },

    storageUri: (actor, sha256) => (mayReadStorageUri(actor) === null ? storage.uri(blobKey(sha256)) : null),

    async duplicatesOf(media) {
      const hashes = [...new Set(media.map(({ sha256 }) => sha256))]
      // One more than the limit, because each media is among the copies of its own content.
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
      return inOrder(mediaIds, counts, 'mediaId').map((row) => row?._count ?? 0)
    },
  }
}
