import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import {
  MediaCountDocument,
  type MediaFilter,
  MediaListDocument,
  type MediaListQuery,
  type MediaOrder,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type MediaCard = MediaListQuery['mediaList']['nodes'][number]

const pageSize = 100

/** Lists media page by page. */
export const useMediaList = (filter: MediaFilter, order: MediaOrder) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaList(filter, order),
    queryFn: ({ pageParam, signal }) =>
      send(MediaListDocument, { filter, order, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ mediaList: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    placeholderData: (previous) => previous,
  })
}

/** Counts the media that match. A large number may be an estimate. */
export const useMediaCount = (filter: MediaFilter) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.mediaCount(filter),
    queryFn: ({ signal }) => send(MediaCountDocument, { filter }, { signal }),
    select: ({ mediaList }) => ({ count: mediaList.totalCount, isEstimate: mediaList.totalCountIsEstimate }),
    refetchInterval: usePollInterval(),
  })
}
