import type { QueryClient } from '@tanstack/react-query'
import {
  MediaDetailChangesDocument,
  MediaDetailProgressDocument,
  type MediaDetailQuery,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import type { Observer } from './observer.ts'

interface MediaFollower {
  observer: Observer
  queryClient: QueryClient
  id: string
}

/** Keeps the cached answers about one media up to date while others change it. Returns a function that stops. */
export const followMedia = ({ observer, queryClient, id }: MediaFollower): (() => void) => {
  const reload = () => void queryClient.invalidateQueries({ queryKey: keys.media(id) })
  return observer.follow({
    document: MediaDetailChangesDocument,
    variables: { id },
    onEvents(events) {
      // The first event is empty: changes before it were not reported.
      const hasBegun = events.some(({ libraryChanges }) => libraryChanges.length === 0)
      const hasChanged = events.some(({ libraryChanges }) => libraryChanges.length > 0)
      if (hasChanged) reload()
      else if (hasBegun) void queryClient.invalidateQueries({ queryKey: keys.media(id), exact: true })
    },
    onGap: reload,
  })
}

/** Writes the progress of a media into the cache until no work is left on it. Returns a function that stops. */
export const followMediaProgress = ({ observer, queryClient, id }: MediaFollower): (() => void) => {
  const reload = () => void queryClient.invalidateQueries({ queryKey: keys.media(id) })
  return observer.follow({
    document: MediaDetailProgressDocument,
    variables: { id },
    onEvents(events) {
      const progress = events.at(-1)?.mediaProgress
      queryClient.setQueryData<MediaDetailQuery>(keys.media(id), (previous) =>
        previous?.media == null || progress === undefined
          ? previous
          : { ...previous, media: { ...previous.media, ...progress } },
      )
    },
    onGap: reload,
    onComplete: reload,
  })
}
