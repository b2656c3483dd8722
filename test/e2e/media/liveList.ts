import { vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  LibraryChangesDocument,
  type LibraryChangesSubscription,
  ListedMediaDocument,
  type ListedMediaFragment,
  type MediaListQueryVariables,
} from '../../../client/generated/documents.ts'

export type Filter = MediaListQueryVariables['filter']
export type Change = LibraryChangesSubscription['libraryChanges'][number]

const timeoutMs = 20_000

const listMedia = async (client: Client, filter: Filter): Promise<ListedMediaFragment[]> => {
  const media: ListedMediaFragment[] = []
  let after: string | null | undefined
  for (;;) {
    const { nodes, pageInfo } = (await client.send(ListedMediaDocument, { filter, after })).mediaList
    media.push(...nodes)
    if (!pageInfo.hasNextPage) return media
    after = pageInfo.endCursor
  }
}

const byId = (left: ListedMediaFragment, right: ListedMediaFragment): number => (left.id < right.id ? -1 : 1)

/** Follows a filter, as a client with a list of media does: subscribes, lists when the first event arrives, then applies changes. */
export const openLiveList = async (client: Client, filter: Filter) => {
  const events: Change[][] = []
  const media = new Map<string, ListedMediaFragment>()
  const started = Promise.withResolvers<void>()
  let listed = Promise.withResolvers<void>()

  const apply = ({ kind, mediaId, media: changed }: Change): void => {
    if (kind === 'REMOVED') media.delete(mediaId)
    else if (changed != null) media.set(mediaId, changed)
  }

  const run = async (): Promise<void> => {
    for await (const { libraryChanges } of client.follow(LibraryChangesDocument, { filter })) {
      events.push(libraryChanges)
      if (events.length === 1) started.resolve()
      await listed.promise
      for (const change of libraryChanges) apply(change)
    }
  }
  const readList = async (): Promise<void> => {
    const listedMedia = await listMedia(client, filter)
    media.clear()
    for (const item of listedMedia) media.set(item.id, item)
    listed.resolve()
  }
  run().catch(started.reject)
  await started.promise
  await readList()

  return {
    events,
    changes: () => events.flat(),
    /** Kinds of the changes of one media, in order. */
    kindsOf: (id: string) =>
      events
        .flat()
        .filter(({ mediaId }) => mediaId === id)
        .map(({ kind }) => kind),
    /** Media of the list, sorted by id. */
    content: () => [...media.values()].toSorted(byId),
    /** Lists the media again; changes that arrive meanwhile wait. */
    listAgain(): Promise<void> {
      listed = Promise.withResolvers()
      return readList()
    },
    until: (condition: () => boolean) => vi.waitUntil(condition, { timeout: timeoutMs, interval: 10 }),
  }
}

export type LiveList = Awaited<ReturnType<typeof openLiveList>>

/** Waits until the list is the same as the one that the server returns now. */
export const waitUntilEqual = async (client: Client, filter: Filter, list: LiveList): Promise<void> => {
  let expected: ListedMediaFragment[] = []
  const isEqual = async (): Promise<boolean> => {
    expected = (await listMedia(client, filter)).toSorted(byId)
    return JSON.stringify(expected) === JSON.stringify(list.content())
  }
  await vi.waitUntil(isEqual, { timeout: timeoutMs, interval: 100 }).catch((cause: unknown) => {
    const [shown, present] = [JSON.stringify(list.content(), null, 1), JSON.stringify(expected, null, 1)]
    throw new Error(`The list for ${JSON.stringify(filter)} shows ${shown} in place of ${present}`, { cause })
  })
}
