import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import {
  PersonAssignmentsDocument,
  PersonDocument,
  UserAssignmentsDocument,
  UserIdsDocument,
  type UserIdsQuery,
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

/** Most people who can get a media at once. */
export const maxBatchUsers = 1000

/** Finds the global ids of all people, or of those whose name matches: at most 1,000. */
export const useFindUserIds = () => {
  const { send } = useServer()
  return useMutation({
    mutationFn: async (search: string): Promise<string[]> => {
      const ids: string[] = []
      let after: string | null = null
      do {
        const { users }: UserIdsQuery = await send(UserIdsDocument, { search: search || null, after })
        ids.push(...users.nodes.map(({ id }) => id))
        after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null
      } while (after !== null && ids.length < maxBatchUsers)
      return ids.slice(0, maxBatchUsers)
    },
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
