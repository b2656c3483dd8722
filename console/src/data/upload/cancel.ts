import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RefusalError } from '../../api/errors.ts'
import { UploadCancelDocument, UploadStateDocument } from '../../api/generated/documents.ts'
import { keys } from '../../api/keys.ts'
import { unwrap } from '../../api/refusal.ts'
import { type Server, useServer } from '../context.ts'
import { retry } from './errors.ts'

interface CancelOptions {
  server: Pick<Server, 'send'>
  uploadId: string
  signal: AbortSignal
}

/** Cancels an upload. Resolves to the id of its media if all bytes had arrived before, otherwise to null. */
export const cancelUpload = async ({ server, uploadId, signal }: CancelOptions): Promise<string | null> => {
  const options = { signal, onInterrupted: () => undefined }
  const idempotencyKey = crypto.randomUUID()
  try {
    const cancel = () => server.send(UploadCancelDocument, { id: uploadId }, { signal, idempotencyKey })
    unwrap((await retry(cancel, options)).mediaUploadCancel)
    return null
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    const { upload } = await retry(() => server.send(UploadStateDocument, { id: uploadId }, { signal }), options)
    return upload?.status === 'COMPLETED' ? upload.mediaId : null
  }
}

/** Cancels an upload that no file of this page belongs to. */
export const useCancelOpenUpload = () => {
  const server = useServer()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (uploadId: string) => cancelUpload({ server, uploadId, signal: new AbortController().signal }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.openUploads }),
  })
}
