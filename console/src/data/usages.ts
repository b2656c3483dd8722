import { useInfiniteQuery } from '@tanstack/react-query'
import { MediaUsesDocument } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

/** Resources that show a media, page by page. */
export const useUsagePlaces = (id: string, isEnabled: boolean) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaUses(id, 'usages'),
    queryFn: ({ pageParam, signal }) =>
      send(MediaUsesDocument, { id, withUsages: true, usagesAfter: pageParam, withAssignments: false }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ media }) => (media?.usages?.pageInfo.hasNextPage ? media.usages.pageInfo.endCursor : null),
    select: ({ pages }) => ({
      places: pages.flatMap(({ media }) => media?.usages?.nodes ?? []),
      total: pages[0]?.media?.usages?.totalCount ?? 0,
    }),
    enabled: isEnabled,
    staleTime: 0,
  })
}

/** People to whom a media is currently assigned, page by page. */
export const useCurrentAssignees = (id: string, isEnabled: boolean) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.mediaUses(id, 'assignments'),
    queryFn: ({ pageParam, signal }) =>
      send(
        MediaUsesDocument,
        { id, withUsages: false, withAssignments: true, assignmentsAfter: pageParam },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ media }) =>
      media?.assignments?.pageInfo.hasNextPage ? media.assignments.pageInfo.endCursor : null,
    select: ({ pages }) => ({
      people: pages.flatMap(({ media }) => media?.assignments?.nodes.map(({ user }) => user) ?? []),
      total: pages[0]?.media?.assignments?.totalCount ?? 0,
    }),
    enabled: isEnabled,
    staleTime: 0,
  })
}
