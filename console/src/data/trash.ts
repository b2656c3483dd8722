import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import {
  MediaDeleteDocument,
  type MediaFilter,
  type MediaOrder,
  MediaPurgeDocument,
  MediaRestoreDocument,
  type MediaRestoreMutation,
  TrashDocument,
  type TrashQuery,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { useRunOnce } from './idempotency.ts'
import { invalidateTrash, removeFromLibrary, removeFromTrash } from './mediaRemoval.ts'

export type TrashedMedia = TrashQuery['mediaList']['nodes'][number]

export type Restoration = Extract<MediaRestoreMutation['mediaRestore'], { __typename: 'MediaRestoration' }>

/** Lists the media in the trash, page by page. */
export const useTrash = (filter: MediaFilter, order: MediaOrder) => {
  const { send } = useServer()
  return useInfiniteQuery({
    queryKey: keys.trashList(filter, order),
    queryFn: ({ pageParam, signal }) => send(TrashDocument, { filter, order, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ mediaList: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ mediaList }) => mediaList.nodes),
    placeholderData: (previous) => previous,
    refetchInterval: usePollInterval(),
    refetchOnMount: 'always',
  })
}

interface DeleteInput {
  id: string
  /** Whether to delete it although it is in use. Only admins may. */
  force: boolean
}

/** Moves one media to the trash. It leaves the lists at once, and returns to them if the server refuses. */
export const useDeleteMedia = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (input: DeleteInput) =>
      unwrap((await runOnce(input, (options) => send(MediaDeleteDocument, { input }, options))).mediaDelete),
    onMutate: ({ id }) => removeFromLibrary(queryClient, new Set([id])),
    onError: (_error, _input, putBack) => putBack?.(),
    onSuccess: () => void invalidateTrash(queryClient),
  })
}

/** Restores one media from the trash. The result names the links and assignments that are lost. */
export const useRestoreMedia = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (id: string) =>
      unwrap((await runOnce(id, (options) => send(MediaRestoreDocument, { id }, options))).mediaRestore),
    onMutate: (id) => removeFromTrash(queryClient, new Set([id])),
    onError: (_error, _id, putBack) => putBack?.(),
    onSettled: () => void invalidateTrash(queryClient),
  })
}

/** Deletes one media in the trash permanently. */
export const usePurgeMedia = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (id: string) =>
      unwrap((await runOnce(id, (options) => send(MediaPurgeDocument, { id }, options))).mediaPurge),
    onSettled: () => void invalidateTrash(queryClient),
  })
}
