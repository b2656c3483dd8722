import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import {
  PersonAssignmentsDocument,
  PersonDocument,
  UserAssignmentsDocument,
  UsersDocument,
  type UsersQuery,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { type DatedAssignment, dateAssignment } from './undoWindow.ts'

export type Person = UsersQuery['users']['nodes'][number]

/** Lists people page by page: all, or those whose name matches. */
export const useUsers = (search: string) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.users(search),
    queryFn: ({ pageParam, signal }) =>
      send(UsersDocument, { search: search || null, first: 50, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ users: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    placeholderData: keepPreviousData,
    select: ({ pages }) => ({
      people: pages.flatMap(({ users }) => users.nodes),
      totalCount: pages[0]?.users.totalCount ?? 0,
    }),
  })
}

/** Reads one person, with the current assignment; null if there is no such person. */
export const usePerson = (id: string) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.person(id),
    queryFn: async ({ signal }) => {
      const { user } = await send(PersonDocument, { id }, { signal })
      if (user === null) return null
      const current: DatedAssignment | null = user.currentAssignment && dateAssignment(user.currentAssignment)
      return { ...user, currentAssignment: current }
    },
    refetchInterval: usePollInterval(),
  })
}

/** Lists the assignments of a person, newest first. */
export const usePersonAssignments = (id: string) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.personAssignments(id),
    queryFn: async ({ pageParam, signal }) => {
      const { user } = await send(PersonAssignmentsDocument, { id, first: 25, after: pageParam }, { signal })
      const assignments = user?.assignments
      return {
        nodes: assignments?.nodes.map(dateAssignment) ?? [],
        totalCount: assignments?.totalCount ?? 0,
        nextCursor: assignments?.pageInfo.hasNextPage ? assignments.pageInfo.endCursor : null,
      }
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    select: ({ pages }) => ({
      assignments: pages.flatMap(({ nodes }) => nodes),
      totalCount: pages[0]?.totalCount ?? 0,
    }),
    refetchInterval: usePollInterval(),
  })
}

/** Reads a person again whenever the assignments of that person change. */
export const useFollowPerson = (id: string): void => {
  const { observer } = useServer()
  const queryClient = useQueryClient()
  useEffect(() => {
    const readAgain = (): void => {
      void queryClient.invalidateQueries({ queryKey: keys.person(id) })
      void queryClient.invalidateQueries({ queryKey: keys.personAssignments(id) })
    }
    let isFirst = true
    return observer.follow({
      document: UserAssignmentsDocument,
      variables: { userId: id },
      onEvents: (events) => {
        // The first event is the state that was just read.
        if (!isFirst || events.length > 1) readAgain()
        isFirst = false
      },
      onGap: readAgain,
    })
  }, [id, observer, queryClient])
}
