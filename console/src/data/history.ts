import { useInfiniteQuery } from '@tanstack/react-query'
import { MediaDetailHistoryDocument, type MediaDetailHistoryQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type MediaEvent = NonNullable<MediaDetailHistoryQuery['media']>['history']['nodes'][number]

/** Lists the events of a media, newest first, page by page. */
export const useMediaHistory = (id: string) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaHistory(id),
    queryFn: ({ pageParam, signal }) =>
      send(MediaDetailHistoryDocument, { id, first: 50, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ media }) => (media?.history.pageInfo.hasNextPage ? media.history.pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ media }) => media?.history.nodes ?? []),
    refetchInterval: usePollInterval(),
  })
}
