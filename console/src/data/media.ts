import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { RequestError } from '../api/errors.ts'
import {
  MediaConvertDocument,
  MediaDetailDocument,
  type MediaDetailPartsFragment,
  type MediaDetailQuery,
  MediaDetailRetryDocument,
  MediaUpdateDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import type { Send } from '../api/send.ts'
import { followMedia, followMediaProgress } from '../live/media.ts'
import { useAction } from './action.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'

export type MediaDetail = MediaDetailPartsFragment

/** Whether a worker has still something to do for the media: for its bytes, its renditions or its newest version. */
const isInProgress = ({ status, renditions, versions }: MediaDetail): boolean =>
  status === 'PROCESSING' ||
  renditions.some((rendition) => rendition.status === 'QUEUED' || rendition.status === 'PROCESSING') ||
  versions.nodes.some((version) => version.status === 'PROCESSING')

const readMedia = async (send: Send, id: string, signal?: AbortSignal): Promise<MediaDetailQuery> => {
  try {
    return await send(MediaDetailDocument, { id }, { signal })
  } catch (error) {
    // No media has a malformed id.
    if (error instanceof RequestError && error.code === 'INVALID_INPUT') return { media: null }
    throw error
  }
}

/** Reads one media, in the trash too, and follows its changes. The data is null if it does not exist. */
export const useMedia = (id: string) => {
  const { send, observer } = useServer()
  const queryClient = useQueryClient()
  const query = useQuery({
    queryKey: keys.media(id),
    queryFn: ({ signal }) => readMedia(send, id, signal),
    select: ({ media }) => media,
    refetchInterval: usePollInterval(),
  })
  const exists = query.data != null
  const hasWork = query.data != null && isInProgress(query.data)
  useEffect(
    () => (exists ? followMedia({ observer, queryClient, id }) : undefined),
    [exists, observer, queryClient, id],
  )
  useEffect(
    () => (hasWork ? followMediaProgress({ observer, queryClient, id }) : undefined),
    [hasWork, observer, queryClient, id],
  )
  return query
}

/** Returns a function that asks for a media again and resolves to its present state. */
export const useReadMedia = (): ((id: string) => Promise<MediaDetail | null>) => {
  const { send } = useServer()
  return async (id) => (await readMedia(send, id)).media
}

/** Writes a media that a mutation has returned, and asks again for everything that depends on it. */
export const writeMedia = (queryClient: QueryClient, media: MediaDetail): void => {
  queryClient.setQueryData<MediaDetailQuery>(keys.media(media.id), { media })
  void queryClient.invalidateQueries({
    queryKey: keys.media(media.id),
    predicate: ({ queryKey }) => queryKey.length > 3,
  })
  void queryClient.invalidateQueries({ queryKey: keys.allMediaLists })
}

/** Changes the texts, the tags or the folder of a media. */
export const useUpdateMedia = () => {
  const queryClient = useQueryClient()
  return useAction({
    document: MediaUpdateDocument,
    pick: ({ mediaUpdate }) => mediaUpdate,
    onDone: (media) => writeMedia(queryClient, media),
  })
}

/** Repeats the failed work of a media. */
export const useRetryMedia = () => {
  const queryClient = useQueryClient()
  return useAction({
    document: MediaDetailRetryDocument,
    pick: ({ mediaRetry }) => mediaRetry,
    onDone: (media) => writeMedia(queryClient, media),
  })
}

/** Queues further renditions of the current version. */
export const useConvertMedia = () => {
  const queryClient = useQueryClient()
  return useAction({
    document: MediaConvertDocument,
    pick: ({ mediaConvert }) => mediaConvert,
    onDone: (media) => writeMedia(queryClient, media),
  })
}
