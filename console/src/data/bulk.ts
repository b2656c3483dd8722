import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RequestError } from '../api/errors.ts'
import {
  type BulkAction,
  BulkDeleteDocument,
  BulkLinkDocument,
  type BulkMediaInput,
  BulkMoveDocument,
  BulkPreviewDocument,
  type BulkPreviewQuery,
  BulkPurgeDocument,
  BulkRestoreDocument,
  BulkTagDocument,
  ExactCountDocument,
  type MediaBulkLinkInput,
  type MediaBulkMoveInput,
  type MediaBulkTagInput,
  type MediaFilter,
  type StartedOperationFragment,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import type { Send, SendOptions } from '../api/send.ts'
import { useServer } from './context.ts'
import { useRunOnce } from './idempotency.ts'
import { patchOperations } from './operationCache.ts'

export type BulkPreview = BulkPreviewQuery['mediaBulkPreview']

interface BulkInputs {
  DELETE: BulkMediaInput
  LINK: MediaBulkLinkInput
  MOVE: MediaBulkMoveInput
  PURGE: BulkMediaInput
  RESTORE: BulkMediaInput
  TAG: MediaBulkTagInput
}

/** A bulk change, as its mutation gets it. */
export type BulkRequest = { [Action in BulkAction]: { action: Action; input: BulkInputs[Action] } }[BulkAction]

const request = async (
  send: Send,
  change: BulkRequest,
  options: SendOptions,
): Promise<{ result: StartedOperationFragment }> => {
  switch (change.action) {
    case 'DELETE':
      return send(BulkDeleteDocument, { input: change.input }, options)
    case 'LINK':
      return send(BulkLinkDocument, { input: change.input }, options)
    case 'MOVE':
      return send(BulkMoveDocument, { input: change.input }, options)
    case 'PURGE':
      return send(BulkPurgeDocument, { input: change.input }, options)
    case 'RESTORE':
      return send(BulkRestoreDocument, { input: change.input }, options)
    case 'TAG':
      return send(BulkTagDocument, { input: change.input }, options)
  }
}

/** Whether the filter selects another number of media than was expected. */
export const isCountConflict = (error: Error | null): boolean =>
  error instanceof RequestError && error.code === 'STATE_CONFLICT'

/** Asks what a bulk change would do now. It is asked again each time that a dialog opens. */
export const useBulkPreview = (action: BulkAction, input: BulkMediaInput) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.bulkPreview(action, input),
    queryFn: ({ signal }) => send(BulkPreviewDocument, { action, input }, { signal }),
    select: ({ mediaBulkPreview }) => mediaBulkPreview,
    staleTime: 0,
    gcTime: 0,
  })
}

/** Counts exactly the media that a filter selects now; nothing while `filter` is null. */
export const useExactCount = (filter: MediaFilter | null) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.exactCount(filter),
    queryFn: ({ signal }) => send(ExactCountDocument, { filter }, { signal }),
    select: ({ mediaFacets }) => mediaFacets.totalCount,
    enabled: filter !== null,
    staleTime: 0,
    gcTime: 0,
  })
}

/** Starts bulk changes. The operation appears among the running ones at once. Rejects with RefusalError or RequestError. */
export const useStartBulk = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (change: BulkRequest) =>
      unwrap((await runOnce(change, (options) => request(send, change, options))).result),
    onSuccess: (operation) => patchOperations(queryClient, [operation]),
    // The number of media has changed since: the preview says how.
    onError: () => queryClient.invalidateQueries({ queryKey: keys.allBulk }),
  })
}

/** Starts to move media into a folder, or out of all folders: for dropped cards and for dialogs. */
export const useMoveMedia = () => {
  const { mutateAsync, isPending } = useStartBulk()
  return {
    isPending,
    move: (target: BulkMediaInput, folderId: string | null) =>
      mutateAsync({ action: 'MOVE', input: { target, folderId } }),
  }
}
