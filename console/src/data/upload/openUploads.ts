import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { OpenUploadsDocument, type OpenUploadsQuery } from '../../api/generated/documents.ts'
import { keys } from '../../api/keys.ts'
import type { Send } from '../../api/send.ts'
import { useServer } from '../context.ts'

export type OpenUpload = OpenUploadsQuery['uploads'][number]

const openUploadsQuery = (send: Send) =>
  queryOptions({ queryKey: keys.openUploads, queryFn: ({ signal }) => send(OpenUploadsDocument, {}, { signal }) })

/** Unfinished uploads of the caller, of this page and of others. */
export const useOpenUploads = ({ isEnabled }: { isEnabled: boolean }): readonly OpenUpload[] => {
  const { send } = useServer()
  return useQuery({ ...openUploadsQuery(send), enabled: isEnabled }).data?.uploads ?? []
}

/** Returns functions of the cache for the engine of uploads. */
export const useUploadCache = () => {
  const queryClient = useQueryClient()
  const { send } = useServer()
  return useMemo(
    () => ({
      /** Reads the unfinished uploads, at most 30 seconds old. */
      readOpenUploads: async () =>
        (await queryClient.fetchQuery({ ...openUploadsQuery(send), staleTime: 30_000 })).uploads,
      /** Called when an upload was created or has ended. */
      refreshOpenUploads: () => queryClient.invalidateQueries({ queryKey: keys.openUploads }),
      /** Called when media were made of uploads. */
      refreshMedia: () => queryClient.invalidateQueries({ queryKey: keys.allMedia }),
    }),
    [queryClient, send],
  )
}
