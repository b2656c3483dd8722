import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { OperationListQuery, OperationRowFragment } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'

export type Operation = OperationRowFragment

export const isFinished = ({ finishedAt }: Operation): boolean => finishedAt !== null

/** Returns the later of two states of one operation: answers and events may arrive in any order. */
export const laterOf = (one: Operation, other: Operation): Operation => {
  if (isFinished(one) !== isFinished(other)) return isFinished(one) ? one : other
  return one.processed > other.processed ? one : other
}

/** Puts states of operations into a list, newest request first. Those that it lacks are added if `canAdd`. */
export const mergeOperations = (
  list: readonly Operation[],
  states: readonly Operation[],
  canAdd: boolean,
): Operation[] => {
  const byId = new Map(list.map((operation) => [operation.id, operation]))
  for (const state of states) {
    const known = byId.get(state.id)
    if (known !== undefined || canAdd) byId.set(state.id, known === undefined ? state : laterOf(known, state))
  }
  return [...byId.values()].toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))
}

/** Returns the operations of `next` that have ended since `previous`, the list a moment before. Both are newest first. */
export const endedSince = (previous: readonly Operation[], next: readonly Operation[]): Operation[] => {
  const before = new Map(previous.map((operation) => [operation.id, operation]))
  const newest = previous[0]?.createdAt ?? ''
  return next.filter((operation) => {
    if (!isFinished(operation)) return false
    const known = before.get(operation.id)
    return known === undefined ? operation.createdAt > newest : !isFinished(known)
  })
}

type OperationPages = InfiniteData<OperationListQuery, string | null>

/** Puts states that arrived by events or as results into all cached answers. */
export const patchOperations = (queryClient: QueryClient, states: readonly Operation[]): void => {
  queryClient.setQueryData<Operation[]>(keys.recentOperations, (list) => list && mergeOperations(list, states, true))
  queryClient.setQueryData<OperationPages>(
    keys.operationList,
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page, index) => {
          const others = new Set(
            data.pages.flatMap((one) => (one === page ? [] : one.operations.nodes.map(({ id }) => id))),
          )
          const own = states.filter(({ id }) => !others.has(id))
          return {
            ...page,
            operations: { ...page.operations, nodes: mergeOperations(page.operations.nodes, own, index === 0) },
          }
        }),
      },
  )
  for (const state of states)
    queryClient.setQueryData<Operation>(keys.operation(state.id), (known) => known && laterOf(known, state))
}
