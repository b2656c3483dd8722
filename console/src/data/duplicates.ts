import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { DuplicatesDocument, type DuplicatesQuery, MediaMergeDocument } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { useServer } from './context.ts'

export type DuplicateCluster = DuplicatesQuery['mediaDuplicates'][number]

/** Lists groups of media with equal content, at most `first`. */
export const useDuplicates = (first: number) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.duplicates(first),
    queryFn: async ({ signal }) => (await send(DuplicatesDocument, { first }, { signal })).mediaDuplicates,
    placeholderData: keepPreviousData,
  })
}

/** Merges media into the one that is kept. Rejects with RefusalError. */
export const useMerge = () => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (input: { keepId: string; removeIds: string[] }) =>
      unwrap((await send(MediaMergeDocument, { input }, { idempotencyKey: crypto.randomUUID() })).mediaMerge),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.allMedia }),
  })
}
