import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import {
  MediaDetailVersionsDocument,
  MediaVersionActivateDocument,
  type VersionPartsFragment,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useAction } from './action.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { writeMedia } from './media.ts'

export type Version = VersionPartsFragment

/** Lists the versions of a media, newest first, page by page. */
export const useVersions = (id: string) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaVersions(id),
    queryFn: ({ pageParam, signal }) =>
      send(MediaDetailVersionsDocument, { id, first: 20, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ media }) => (media?.versions.pageInfo.hasNextPage ? media.versions.pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ media }) => media?.versions.nodes ?? []),
    refetchInterval: usePollInterval(),
  })
}

/** Makes a version current: a staged one, or an earlier one. */
export const useActivateVersion = () => {
  const queryClient = useQueryClient()
  return useAction({
    document: MediaVersionActivateDocument,
    pick: ({ mediaVersionActivate }) => mediaVersionActivate,
    onDone: (media) => writeMedia(queryClient, media),
  })
}
