import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import {
  OperationCancelDocument,
  OperationDetailsDocument,
  OperationFailuresDocument,
  OperationListDocument,
  OperationNotesDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { followOperation, followOperations } from '../live/operations.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { useRunOnce } from './idempotency.ts'
import { invalidateTrash } from './mediaRemoval.ts'
import { isFinished, mergeOperations, type Operation, patchOperations } from './operationCache.ts'

const recentCount = 20

/** The latest operations of the caller, live while `useOperationsFeed` is mounted. */
export const useRecentOperations = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  return useQuery({
    queryKey: keys.recentOperations,
    queryFn: async ({ signal }) => {
      const { operations } = await send(OperationListDocument, { first: recentCount }, { signal })
      // Events that arrived in the meantime are later than the answer.
      return mergeOperations(operations.nodes, queryClient.getQueryData(keys.recentOperations) ?? [], true)
    },
    refetchInterval: usePollInterval(),
  })
}

/** Follows the operations of the caller and keeps all cached answers about them up to date. Mounted once, by the tray. */
export const useOperationsFeed = (): void => {
  const { observer } = useServer()
  const queryClient = useQueryClient()
  useEffect(
    () =>
      followOperations(observer, {
        onStates: (states) => {
          patchOperations(queryClient, states)
          if (states.some(isFinished)) void invalidateTrash(queryClient)
        },
        onGap: () => void queryClient.invalidateQueries({ queryKey: keys.operations }),
      }),
    [observer, queryClient],
  )
}

/** Lists the operations of the caller, newest first, page by page. */
export const useOperationList = () => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.operationList,
    queryFn: ({ pageParam, signal }) => send(OperationListDocument, { first: 50, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ operations: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ operations }) => operations.nodes),
    refetchInterval: usePollInterval(),
    refetchOnMount: 'always',
  })
}

/** One operation; null if it does not exist or may not be seen. It is followed until it ends. */
export const useOperation = (id: string) => {
  const { send, observer } = useServer()
  const queryClient = useQueryClient()
  const pollInterval = usePollInterval()
  const query = useQuery({
    queryKey: keys.operation(id),
    queryFn: async ({ signal }) => (await send(OperationDetailsDocument, { id }, { signal })).operation,
    refetchInterval: ({ state }) => (state.data && isFinished(state.data) ? false : pollInterval),
  })
  const isRunning = query.data != null && !isFinished(query.data)
  useEffect(() => {
    if (!isRunning) return
    return followOperation(observer, id, {
      onStates: (states) => patchOperations(queryClient, states),
      onGap: () => void queryClient.invalidateQueries({ queryKey: keys.operation(id) }),
    })
  }, [isRunning, observer, id, queryClient])
  return query
}

/** Items of an operation that failed, with the server's reasons. `failed` is their present number. */
export const useOperationFailures = ({ id, failed }: Operation) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: [...keys.operationFailures(id), failed],
    queryFn: ({ pageParam, signal }) => send(OperationFailuresDocument, { id, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ operation }) =>
      operation?.failures.pageInfo.hasNextPage ? operation.failures.pageInfo.endCursor : null,
    select: ({ pages }) => pages.flatMap(({ operation }) => operation?.failures.nodes ?? []),
    placeholderData: (previous) => previous,
    enabled: failed > 0,
  })
}

/** Remarks on items that succeeded in part. They are complete when the operation has ended. */
export const useOperationNotes = (operation: Operation) => {
  const { send } = useServer()
  const { id } = operation
  return useInfiniteQuery({
    queryKey: [...keys.operationNotes(id), isFinished(operation)],
    queryFn: ({ pageParam, signal }) => send(OperationNotesDocument, { id, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ operation: one }) => (one?.notes.pageInfo.hasNextPage ? one.notes.pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ operation: one }) => one?.notes.nodes ?? []),
    enabled: operation.kind === 'media.restore',
  })
}

/** Cancels unfinished operations. Items that were processed stay changed. */
export const useCancelOperation = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (id: string) =>
      unwrap((await runOnce(id, (options) => send(OperationCancelDocument, { id }, options))).operationCancel),
    onSuccess: (operation) => patchOperations(queryClient, [operation]),
    onError: () => queryClient.invalidateQueries({ queryKey: keys.operations }),
  })
}
