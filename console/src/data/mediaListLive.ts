import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { MediaOrder } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { followLibrary, type LibraryChange } from '../live/libraryChanges.ts'
import { useServer } from './context.ts'
import type { Shown } from './mediaList.ts'
import type { ListedBy, MediaCard } from './mediaPages.ts'
import { insert, patch, remove, type Window } from './mediaWindow.ts'

interface LiveListOptions {
  list: ListedBy
  query: { data: Window<MediaCard> | undefined; isFetching: boolean; isPlaceholderData: boolean; refetch(): unknown }
  /** Last time at which the list was asked for, and what has left it since. */
  reading: RefObject<{ sinceMs: number; removedIds: Set<string> }>
  shown: RefObject<Shown>
  onRemoved?(ids: readonly string[]): void
}

const countIntervalMs = 1000

const isNewestFirst = ({ by, direction }: MediaOrder): boolean => by === 'UPLOADED_AT' && direction === 'DESC'

const newestFirst = (a: MediaCard, b: MediaCard): number =>
  a.uploadedAt === b.uploadedAt ? (a.id < b.id ? 1 : -1) : a.uploadedAt < b.uploadedAt ? 1 : -1

/**
 * Applies changes to a window. `missing` are media that it does not show although they belong to its start: added ones
 * and, in a list whose order each change may change, changed ones.
 */
export const applyChanges = (
  window: Window<MediaCard>,
  changes: readonly LibraryChange[],
  isInserting: boolean,
  isOrderedByChange = false,
): { window: Window<MediaCard>; missing: string[] } => {
  const missing: string[] = []
  let next = window
  for (const { kind, media, mediaId } of changes) {
    const isHeld = next.items.some(({ id }) => id === mediaId)
    if (kind === 'REMOVED') next = remove(next, new Set([mediaId]))
    else if (media !== null && isHeld) next = patch(next, [media])
    else if (media !== null && kind === 'ADDED') {
      const inserted = isInserting ? insert(next, media, newestFirst) : null
      if (inserted === null) missing.push(mediaId)
      next = inserted ?? next
    } else if (isOrderedByChange && media !== null) missing.push(mediaId)
  }
  return { window: next, missing }
}

/** Returns a function that asks for the counts and facets again, at most once a second. */
const useCountRefresh = (queryClient: QueryClient): (() => void) => {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    if (timer.current !== undefined) return
    timer.current = setTimeout(async () => {
      // Requests that run are not cancelled, and the next begin after their answers: a slow server gets no more of them.
      const refresh = (queryKey: readonly string[]) =>
        queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false })
      await Promise.all([refresh(keys.allMediaCounts), refresh(keys.allMediaFacets)])
      timer.current = undefined
    }, countIntervalMs)
  }
}

/** Follows a list: changes it in the cache, and counts the added media that it does not show. */
export const useLiveList = ({ list, query, reading, shown, onRemoved }: LiveListOptions) => {
  const { observer } = useServer()
  const queryClient = useQueryClient()
  const refreshCounts = useCountRefresh(queryClient)
  const [startedMs, setStartedMs] = useState(0)
  const [newIds, setNewIds] = useState<ReadonlySet<string>>(new Set())

  const apply = useEffectEvent((changes: readonly LibraryChange[]): void => {
    refreshCounts()
    const queryKey = keys.mediaList(list.filter, list.order)
    const held = queryClient.getQueryData<Window<MediaCard>>(queryKey)
    const removedIds = changes.filter(({ kind }) => kind === 'REMOVED').map(({ mediaId }) => mediaId)
    for (const id of removedIds) reading.current.removedIds.add(id)
    if (removedIds.length > 0) onRemoved?.(removedIds)
    if (held === undefined) return
    const isInserting = isNewestFirst(list.order) && shown.current.isAtTop
    const { window, missing } = applyChanges(held, changes, isInserting, list.order.by === 'UPDATED_AT')
    if (window !== held) queryClient.setQueryData(queryKey, window)
    setNewIds((ids) => {
      const next = new Set([...ids, ...missing])
      for (const id of removedIds) next.delete(id)
      return next.size === ids.size ? ids : next
    })
  })

  useEffect(() => {
    setNewIds(new Set())
    return followLibrary(observer, list.filter, {
      onStart: () => setStartedMs(performance.now()),
      onChanges: (changes) => apply(changes),
    })
  }, [observer, list])

  const readAgain = useEffectEvent(() => {
    if (reading.current.sinceMs < startedMs) void query.refetch()
  })
  // A list that was asked for before its changes were followed may lack the last ones.
  useEffect(() => {
    if (startedMs > 0 && !query.isFetching) readAgain()
  }, [startedMs, query.isFetching])

  return { newCount: newIds.size, forgetNew: () => setNewIds(new Set()) }
}
