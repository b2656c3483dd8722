import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Client, sendBytes } from '../../client/client.ts'
import {
  MediaProgressDocument,
  type MediaProgressSubscription,
  MediaUploadCreateDocument,
  type MediaUploadCreateInput,
} from '../../client/generated/documents.ts'

export type Progress = MediaProgressSubscription['mediaProgress']

interface UploadOptions {
  input?: Partial<MediaUploadCreateInput>
  onProgress?: (percent: number) => void
}

/** Starts an upload. The id of its media is known before the first byte is sent; `sending` resolves after the last one. */
export const upload = async (client: Client, path: string, { input, onProgress }: UploadOptions) => {
  const { size: sizeBytes } = await stat(path)
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: basename(path), sizeBytes, allowDuplicate: true, ...input },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`The upload was refused: ${ticket.message}`)
  const sending = sendBytes(ticket.target, createReadStream(path), {
    sizeBytes,
    chunkSize: 16 * 1024 * 1024,
    onProgress: (sentBytes) => onProgress?.((100 * sentBytes) / sizeBytes),
  })
  return { mediaId: ticket.upload.mediaId, sending }
}

/** Follows a media until no work on it is left. */
export const waitForProcessing = async (
  client: Client,
  mediaId: string,
  onUpdate?: (progress: Progress) => void,
): Promise<void> => {
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    onUpdate?.(mediaProgress)
}
