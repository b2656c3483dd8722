import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import {
  type MediaDetailQuery,
  RenditionCancelDocument,
  type RenditionPartsFragment,
  RenditionRetryDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useAction } from './action.ts'

export type Rendition = RenditionPartsFragment

const writeRendition = (queryClient: QueryClient, mediaId: string, changed: Rendition): void => {
  queryClient.setQueryData<MediaDetailQuery>(keys.media(mediaId), (previous) => {
    if (previous?.media == null) return previous
    const renditions = previous.media.renditions.map((one) => (one.id === changed.id ? changed : one))
    return { ...previous, media: { ...previous.media, renditions } }
  })
}

/** Queues a failed or cancelled rendition of a media again. */
export const useRetryRendition = (mediaId: string) => {
  const queryClient = useQueryClient()
  return useAction({
    document: RenditionRetryDocument,
    pick: ({ renditionRetry }) => renditionRetry,
    onDone: (rendition) => writeRendition(queryClient, mediaId, rendition),
  })
}

/** Cancels a queued or running conversion of a media. */
export const useCancelRendition = (mediaId: string) => {
  const queryClient = useQueryClient()
  return useAction({
    document: RenditionCancelDocument,
    pick: ({ renditionCancel }) => renditionCancel,
    onDone: (rendition) => writeRendition(queryClient, mediaId, rendition),
  })
}
