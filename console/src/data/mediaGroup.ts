import { useInfiniteQuery } from '@tanstack/react-query'
import { type MediaFilter, MediaListDocument, type MediaOrder } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

const pageSize = 20

/** Lists the media of one group, 20 at a time. */
export const useMediaGroup = (filter: MediaFilter, order: MediaOrder) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaGroup(filter, order),
    queryFn: ({ pageParam, signal }) =>
      send(MediaListDocument, { filter, order, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ mediaList: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ mediaList }) => mediaList.nodes),
    refetchInterval: usePollInterval(),
  })
}
