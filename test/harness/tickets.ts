import type { Client } from '../../client/client.ts'
import { MediaUploadCreateDocument, type MediaUploadCreateInput } from '../../client/generated/documents.ts'

/** Creates an upload and returns its ticket; throws if the API refuses. */
export const createTicket = async (client: Client, input: Partial<MediaUploadCreateInput>) => {
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'file.bin', sizeBytes: 5, ...input },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`Failed to create an upload: ${ticket.message}`)
  return ticket
}
