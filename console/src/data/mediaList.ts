import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import { MediaCountDocument, type MediaFilter, type MediaOrder } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { useLiveList } from './mediaListLive.ts'
import { type MediaCard, pageSize, readAgain, readEnd, readPage, readStart, reuseCards } from './mediaPages.ts'
import { append, prepend, type Window } from './mediaWindow.ts'

/** Lists are kept for this time after they were left, so that the way back shows them at once. */
const keptMs = 30 * 60_000

export interface MediaList {
  /** Identity of the list that is shown: that of the previous one while the next one loads. */
  key: string
  /** Undefined until the first page has arrived. */
  window: Window<MediaCard> | undefined
  /** Whether the previous list is shown while the next one loads. */
  isReplaced: boolean
  isFetching: boolean
  /** Why the list, or a page before or after the loaded ones, could not be loaded. */
  error: Error | null
  /** Number of media that were added and are not shown. */
  newCount: number
  /** Loads the page before or after those that are held. */
  load(direction: 'before' | 'after'): void
  goToStart(): Promise<void>
  goToEnd(total: number): Promise<void>
  retry(): void
  /** Says what the person sees: this part is read again after a gap in the live changes. */
  setShown(shown: Shown): void
}

export interface Shown {
  /** Index of a visible item in the window. */
  index: number
  /** Whether the first item of the list is visible. */
  isAtTop: boolean
}

interface MediaListListener {
  /** Called with the ids of media that left the list. */
  onRemoved?(ids: readonly string[]): void
}

/** Lists media: a window of pages that moves over the list, followed live. */
export const useMediaList = (
  filter: MediaFilter,
  order: MediaOrder,
  { onRemoved }: MediaListListener = {},
): MediaList => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const key = JSON.stringify([filter, order])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the text of filter and order.
  const list = useMemo(() => ({ filter, order }), [key])
  const queryKey = useMemo(() => keys.mediaList(list.filter, list.order), [list])
  const shown = useRef<Shown>({ index: 0, isAtTop: true })
  const reading = useRef({ sinceMs: 0, removedIds: new Set<string>() })
  const [pageError, setPageError] = useState<Error | null>(null)

  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      reading.current = { sinceMs: performance.now(), removedIds: new Set() }
      const held = queryClient.getQueryData<Window<MediaCard>>(queryKey)
      if (held === undefined) return readStart(send, list, signal)
      const window = await readAgain(send, list, held, shown.current.isAtTop ? 0 : shown.current.index, signal)
      return reuseCards(window, held, reading.current.removedIds)
    },
    placeholderData: keepPreviousData,
    structuralSharing: false,
    // Live changes keep it up to date, and what is shown is read again when they begin.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: keptMs,
    refetchInterval: usePollInterval(),
  })
  const [shownKey, setShownKey] = useState(key)
  if (shownKey !== key && !query.isPlaceholderData && query.data !== undefined) setShownKey(key)

  const live = useLiveList({ list, query, reading, shown, onRemoved })

  const change = useCallback(
    (update: (window: Window<MediaCard>) => Window<MediaCard>) =>
      queryClient.setQueryData<Window<MediaCard>>(queryKey, (window) => window && update(window)),
    [queryClient, queryKey],
  )

  const load = useCallback(
    async (direction: 'before' | 'after') => {
      const window = queryClient.getQueryData<Window<MediaCard>>(queryKey)
      const isAfter = direction === 'after'
      const cursor = isAfter ? window?.pages.at(-1)?.endCursor : window?.pages[0]?.startCursor
      if (window === undefined || cursor == null || (isAfter ? window.isAtEnd : window.isAtStart)) return
      const position = isAfter ? { first: pageSize, after: cursor } : { last: pageSize, before: cursor }
      try {
        // The cache shares one request between simultaneous calls.
        const page = await queryClient.fetchQuery({
          queryKey: keys.mediaPage(list.filter, list.order, position),
          queryFn: ({ signal }) => readPage(send, list, position, signal),
          staleTime: 0,
          gcTime: 0,
        })
        change((held) =>
          isAfter ? append(held, cursor, page, page.isAtEnd) : prepend(held, cursor, page, page.isAtStart),
        )
      } catch (error) {
        setPageError(error instanceof Error ? error : new Error(String(error)))
      }
    },
    [queryClient, queryKey, list, send, change],
  )

  const replace = async (read: () => Promise<Window<MediaCard>>): Promise<void> => {
    await queryClient.cancelQueries({ queryKey })
    try {
      const window = await read()
      queryClient.setQueryData<Window<MediaCard>>(queryKey, window)
      live.forgetNew()
    } catch (error) {
      setPageError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    key: shownKey,
    window: query.data,
    isReplaced: query.isPlaceholderData,
    isFetching: query.isFetching,
    error: query.error ?? pageError,
    newCount: live.newCount,
    load: (direction) => void (query.isPlaceholderData || pageError !== null || load(direction)),
    goToStart: () => replace(() => readStart(send, list)),
    goToEnd: (total) => replace(() => readEnd(send, list, total)),
    retry: () => {
      setPageError(null)
      if (query.error !== null) void query.refetch()
    },
    setShown: (next) => {
      shown.current = next
    },
  }
}

/** Counts the media that match. A large number may be an estimate. */
export const useMediaCount = (filter: MediaFilter, isEnabled = true) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.mediaCount(filter),
    queryFn: ({ signal }) => send(MediaCountDocument, { filter }, { signal }),
    select: ({ mediaList }) => ({ count: mediaList.totalCount, isEstimate: mediaList.totalCountIsEstimate }),
    placeholderData: keepPreviousData,
    refetchInterval: usePollInterval(),
    enabled: isEnabled,
  })
}
