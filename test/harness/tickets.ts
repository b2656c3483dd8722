import type { Client } from '../../client/client.ts'
import { MediaUploadCreateDocument, type MediaUploadCreateInput } from '../../client/generated/documents.ts'

/** Announces an upload, and insists on its ticket. */
export const ticketOf = async (client: Client, input: Partial<MediaUploadCreateInput>) => {
  const { mediaUploadCreate: made } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'file.bin', sizeBytes: 5, ...input },
  })
  if (made.__typename !== 'UploadTicket') throw new Error(`refused: ${made.message}`)
  return made
}
