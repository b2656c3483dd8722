import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import type { TrashQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import type { MediaCard } from './mediaPages.ts'
import { remove, type Window } from './mediaWindow.ts'

/** Changes cached lists before the server has answered. Returns a function that puts them back. */
const changeLists = async <Data>(
  queryClient: QueryClient,
  queryKey: QueryKey,
  change: (data: Data) => Data,
): Promise<() => void> => {
  await queryClient.cancelQueries({ queryKey })
  const changed = queryClient.getQueriesData<Data>({ queryKey }).flatMap(([key, before]) => {
    if (before === undefined) return []
    return [{ key, before, after: queryClient.setQueryData<Data>(key, change(before)) }]
  })
  return () => {
    for (const { key, before, after } of changed) {
      // A list that has changed since is read again, so that no other change is lost.
      if (queryClient.getQueryData(key) === after) queryClient.setQueryData(key, before)
      else void queryClient.invalidateQueries({ queryKey: key })
    }
  }
}

/** Takes media out of all lists of the library. */
export const removeFromLibrary = (queryClient: QueryClient, ids: ReadonlySet<string>): Promise<() => void> =>
  changeLists<Window<MediaCard>>(queryClient, keys.allMediaLists, (window) => remove(window, ids))

/** Takes media out of all lists of the trash. */
export const removeFromTrash = (queryClient: QueryClient, ids: ReadonlySet<string>): Promise<() => void> =>
  changeLists<InfiniteData<TrashQuery>>(queryClient, keys.trash, (data) => ({
    ...data,
    pages: data.pages.map(({ mediaList }) => ({
      mediaList: { ...mediaList, nodes: mediaList.nodes.filter(({ id }) => !ids.has(id)) },
    })),
  }))

/** Asks again for what changes when media move into the trash or out of it. Lists of the library are live. */
export const invalidateTrash = async (queryClient: QueryClient): Promise<void> => {
  await Promise.all(
    [keys.trash, keys.allMediaCounts, keys.allMediaFacets].map((queryKey) =>
      queryClient.invalidateQueries({ queryKey }),
    ),
  )
}
