import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import {
  MediaDetailUnlinkDocument,
  MediaDetailUsagesDocument,
  type MediaDetailUsagesQuery,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useAction } from './action.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type MediaUsage = NonNullable<MediaDetailUsagesQuery['media']>['usages']['nodes'][number]

const pageSize = 50

/** Lists the places that show a media, page by page. */
export const useMediaUsages = (id: string) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaUsages(id),
    queryFn: ({ pageParam, signal }) =>
      send(MediaDetailUsagesDocument, { id, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ media }) => (media?.usages.pageInfo.hasNextPage ? media.usages.pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ media }) => media?.usages.nodes ?? []),
    refetchInterval: usePollInterval(),
  })
}

/** Removes the link from a resource to a media. */
export const useUnlinkMedia = () => {
  const queryClient = useQueryClient()
  return useAction({
    document: MediaDetailUnlinkDocument,
    pick: ({ mediaUnlink }) => mediaUnlink,
    onDone: ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: keys.media(id) })
      void queryClient.invalidateQueries({ queryKey: keys.allMediaLists })
    },
  })
}
