import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import {
  LogEndDocument,
  type LogEventFragment,
  LogPageDocument,
  LogTailDocument,
  LogVerifyDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

export type LogEvent = LogEventFragment

export interface LogFilter {
  actions?: string[]
  actorId?: string
  nodeId?: string
  from?: string
  to?: string
}

/** Lists the events of the log page by page, newest first. */
export const useLog = (filter: LogFilter) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.log(filter),
    queryFn: ({ pageParam, signal }) => send(LogPageDocument, { ...filter, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ events: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages.flatMap(({ events }) => events.nodes),
    staleTime: 0,
  })
}

const maxTailEvents = 500

const addToTail = (tail: LogEvent[], events: LogEvent[]): LogEvent[] => {
  const known = new Set(tail.map(({ id }) => id))
  const added = events.filter(({ id }) => !known.has(id)).toReversed()
  return [...added, ...tail].slice(0, maxTailEvents)
}

/**
 * Returns the events since the tail began, newest first, at most 500. It begins at the end of the feed and continues after
 * the last event that arrived, so that none is missed when the connection was lost.
 */
export const useLogTail = (
  { actions, nodeId }: LogFilter,
  isOn: boolean,
): { events: readonly LogEvent[]; error: Error | null } => {
  const { send, observer } = useServer()
  const [events, setEvents] = useState<LogEvent[]>([])
  const [error, setError] = useState<Error | null>(null)
  const actionsKey = actions?.join(' ')
  useEffect(() => {
    setEvents([])
    setError(null)
    if (!isOn) return
    let stop = (): void => undefined
    let isEnded = false
    let after: string | null = null
    const follow = (): void => {
      stop()
      stop = observer.follow({
        document: LogTailDocument,
        variables: { after, actions: actionsKey?.split(' '), nodeId },
        onEvents: (arrived) => {
          after = arrived.at(-1)?.events.cursor ?? after
          setEvents((tail) =>
            addToTail(
              tail,
              arrived.map(({ events: event }) => event),
            ),
          )
        },
        onGap: follow,
      })
    }
    const begin = async (): Promise<void> => {
      after = (await send(LogEndDocument, {})).eventFeed.endCursor
      if (!isEnded) follow()
    }
    begin().catch(setError)
    return () => {
      isEnded = true
      stop()
    }
  }, [isOn, actionsKey, nodeId, send, observer])
  return { events, error }
}

/** Asks the server to verify the chain of the whole log. */
export const useVerifyLog = () => {
  const { send } = useServer()
  return useMutation({ mutationFn: async () => (await send(LogVerifyDocument, {})).eventsVerify })
}
