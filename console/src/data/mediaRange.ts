import {
  MediaListIdsDocument,
  type MediaListIdsQuery,
  type MediaListIdsQueryVariables,
} from '../api/generated/documents.ts'
import type { Send } from '../api/send.ts'
import { type ListedBy, pageSize } from './mediaPages.ts'

/** Media that one bulk operation takes by their ids at most. */
const maxIds = 10_000

/**
 * Lists the ids from a cursor up to a media, which comes last, in the direction `before` or `after` the cursor. Resolves
 * to null if the media is not there, or too far away for a selection by ids.
 */
export const readIdsUpTo = async (
  send: Send,
  { filter, order }: ListedBy,
  direction: 'before' | 'after',
  cursor: string,
  untilId: string,
): Promise<string[] | null> => {
  const ids: string[] = []
  let position: string | null = cursor
  while (position !== null && ids.length < maxIds) {
    const page: MediaListIdsQueryVariables =
      direction === 'after' ? { first: pageSize, after: position } : { last: pageSize, before: position }
    const { mediaList }: MediaListIdsQuery = await send(MediaListIdsDocument, { filter, order, ...page })
    const pageIds = mediaList.nodes.map(({ id }) => id)
    for (const id of direction === 'after' ? pageIds : pageIds.toReversed()) {
      ids.push(id)
      if (id === untilId) return ids
    }
    const { hasNextPage, hasPreviousPage, endCursor, startCursor } = mediaList.pageInfo
    if (direction === 'after') position = hasNextPage ? endCursor : null
    else position = hasPreviousPage ? startCursor : null
  }
  return null
}
