import type { Client } from '../../client/client.ts'
import { MediaUploadCreateDocument, type MediaUploadCreateInput } from '../../client/generated/documents.ts'

/** Announces an upload, and insists on its ticket. */
export const createTicket = async (client: Client, input: Partial<MediaUploadCreateInput>) => {
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'file.bin', sizeBytes: 5, ...input },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`refused: ${ticket.message}`)
  return ticket
}
