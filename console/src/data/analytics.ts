import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { OrphansDocument, ProcessingDocument, StorageDocument, type StorageQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

export type Storage = StorageQuery['analytics']['storage']

/** Reads number and size of the files. The server computes them at most once a minute. */
export const useStorage = () => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.storage,
    queryFn: async ({ signal }) => (await send(StorageDocument, {}, { signal })).analytics.storage,
    refetchInterval: 60_000,
  })
}

/** Reads how many media have been unused for a number of days. */
export const useOrphans = (unusedForDays: number) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.orphans(unusedForDays),
    queryFn: async ({ signal }) =>
      (await send(OrphansDocument, { unusedForDays }, { signal })).analytics.storage.orphans,
    placeholderData: keepPreviousData,
  })
}

/** Reads the workload of the workers. */
export const useProcessing = () => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.processing,
    queryFn: async ({ signal }) => (await send(ProcessingDocument, {}, { signal })).analytics.processing,
    refetchInterval: 10_000,
  })
}
