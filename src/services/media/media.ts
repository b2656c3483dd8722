import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { mayReadStorageUri } from '../kernel/policies.ts'
import type { Database, Storage } from '../kernel/ports.ts'
import { blobKey } from '../storage/blobs.ts'

import { findDuplicates } from './duplicates.ts'

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
  /** For each media, the oldest 100 others with the same bytes. */
  duplicatesOf(media: readonly { id: string; sha256: string }[]): Promise<Media[][]>
  /** Number of versions for each id. Runs one statement, however many ids. */
  versionCounts(mediaIds: readonly string[]): Promise<number[]>
}

interface MediaLibraryOptions {
  database: Database
  storage: Storage
}

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

    duplicatesOf: (media) => findDuplicates(database, media),

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
