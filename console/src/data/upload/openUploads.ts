import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { OpenUploadsDocument, type OpenUploadsQuery } from '../../api/generated/documents.ts'
import { keys } from '../../api/keys.ts'
import type { Send } from '../../api/send.ts'
import { useServer } from '../context.ts'
import { readHeldUploads } from './locks.ts'

export type OpenUpload = OpenUploadsQuery['uploads'][number]

const openUploadsQuery = (send: Send) =>
  queryOptions({
    queryKey: keys.openUploads,
    queryFn: async ({ signal }) => {
      const [{ uploads }, held] = await Promise.all([send(OpenUploadsDocument, {}, { signal }), readHeldUploads()])
      return uploads.filter(({ id }) => !held.has(id))
    },
  })

/** Unfinished uploads of the caller on which no page of this browser works. */
export const useOpenUploads = ({ isEnabled }: { isEnabled: boolean }): readonly OpenUpload[] => {
  const { send } = useServer()
  return useQuery({ ...openUploadsQuery(send), enabled: isEnabled }).data ?? []
}

/** Returns functions of the cache for the engine of uploads. */
export const useUploadCache = () => {
  const queryClient = useQueryClient()
  const { send } = useServer()
  return useMemo(
    () => ({
      /** Reads the unfinished uploads, at most 30 seconds old. */
      readOpenUploads: () => queryClient.fetchQuery({ ...openUploadsQuery(send), staleTime: 30_000 }),
      /** Called when an upload was created or has ended. */
      refreshOpenUploads: () => queryClient.invalidateQueries({ queryKey: keys.openUploads }),
      /** Called when a media got a version. Lists follow changes by themselves. */
      refreshMedia: (id: string) => queryClient.invalidateQueries({ queryKey: keys.media(id) }),
    }),
    [queryClient, send],
  )
}
