import type { Media } from '../../../prisma/generated/client/client.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import type { Database } from '../kernel/ports.ts'
import { createMemo } from '../live/memo.ts'
import type { Change } from './changeWindow.ts'

const idColumn = { id: true } as const

export interface LibraryChange extends Change {
  /** Loads the media; null if it was removed. The media of one event are loaded together, once for all subscribers. */
  readMedia(projection: object): Promise<Media | null>
}

/** Makes an event: all subscribers receive the same list. */
export const toChangeEvent = (database: Database, isTrash: boolean, changes: readonly Change[]): LibraryChange[] => {
  const loadOnce = createMemo<Map<string, Media>>()
  const ids = changes.filter(({ kind }) => kind !== 'REMOVED').map(({ mediaId }) => mediaId)

  const load = async (projection: object): Promise<Map<string, Media>> => {
    const rows = await database.media.findMany({
      ...alsoSelect(projection, idColumn),
      // A media may have left since: its removal follows.
      where: { id: { in: ids }, deletedAt: isTrash ? { not: null } : null },
    })
    return new Map(rows.map((row) => [row.id, row]))
  }

  return changes.map((change) => ({
    ...change,
    async readMedia(projection) {
      const key = JSON.stringify(projection)
      if (change.kind === 'REMOVED') return null
      const media = await loadOnce(key, () => load(projection))
      return media.get(change.mediaId) ?? null
    },
  }))
}
