import { useInfiniteQuery } from '@tanstack/react-query'
import { MediaDetailAssignmentsDocument, type MediaDetailAssignmentsQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type MediaAssignment = MediaDetailAssignmentsQuery['assignments']['nodes'][number]

/** Lists the assignments of a media, newest first, page by page: the current ones, or those that have ended too. */
export const useMediaAssignments = (mediaId: string, isCurrent: boolean) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaAssignments(mediaId, isCurrent),
    queryFn: ({ pageParam, signal }) => {
      const filter = { mediaId, statuses: isCurrent ? (['CURRENT'] as const).slice() : undefined }
      return send(MediaDetailAssignmentsDocument, { filter, first: 50, after: pageParam }, { signal })
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ assignments: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ assignments }) => assignments.nodes),
    refetchInterval: usePollInterval(),
  })
}
