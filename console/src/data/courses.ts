import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import {
  CoursesDocument,
  type CoursesQuery,
  ResourceChildrenDocument,
  type ResourceChildrenQuery,
  ResourceDocument,
  ResourceMediaDocument,
  type ResourceMediaQuery,
  type ResourceRef,
  type ResourceRowFragment,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type Course = CoursesQuery['courses']['nodes'][number]
export type ResourceRow = ResourceRowFragment
export type ResourceChild = NonNullable<ResourceChildrenQuery['resource']>['children']['nodes'][number]
export type ResourceUsage = NonNullable<ResourceMediaQuery['resource']>['usages']['nodes'][number]

/** Key of a resource without what else is known about it. */
export const refOf = ({ source, type, externalId }: ResourceRow | ResourceRef): ResourceRef => ({
  source,
  type,
  externalId,
})

const pageSize = 50

const nextOf = (pageInfo: { hasNextPage: boolean; endCursor: string | null } | undefined): string | null =>
  pageInfo?.hasNextPage ? pageInfo.endCursor : null

/** Lists the courses of every LMS page by page, in the order of the server. */
export const useCourses = (search: string | undefined) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.courses(search),
    queryFn: ({ pageParam, signal }) =>
      send(CoursesDocument, { search, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ courses }) => nextOf(courses.pageInfo),
    placeholderData: (previous) => previous,
    refetchInterval: usePollInterval(),
  })
}

/** Asks for one resource with what lies above it; null if the LMS has removed it, or never named it. */
export const useResource = (ref: ResourceRef) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.resource(ref),
    queryFn: ({ signal }) => send(ResourceDocument, { ref }, { signal }),
    select: ({ resource }) => resource,
    refetchInterval: usePollInterval(),
  })
}

/** Lists what lies directly below a resource. */
export const useResourceChildren = (ref: ResourceRef) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.resourceChildren(ref),
    queryFn: ({ pageParam, signal }) =>
      send(ResourceChildrenDocument, { ref, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ resource }) => nextOf(resource?.children.pageInfo),
    refetchInterval: usePollInterval(),
  })
}

/** Lists the media that a resource itself shows, in the order in which they were linked. */
export const useResourceMedia = (ref: ResourceRef) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.resourceMedia(ref),
    queryFn: ({ pageParam, signal }) =>
      send(ResourceMediaDocument, { ref, first: pageSize, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ resource }) => nextOf(resource?.usages.pageInfo),
    refetchInterval: usePollInterval(),
  })
}
