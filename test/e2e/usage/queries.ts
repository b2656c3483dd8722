import type { Client } from '../../../client/client.ts'
import { MediaUseDocument, ResourceDocument, type ResourceRef } from '../../../client/generated/documents.ts'

export const readUse = async (client: Client, id: string) => {
  const { media } = await client.send(MediaUseDocument, { id })
  if (media == null) throw new Error(`${id} does not exist`)
  return media
}

export const readResource = async (client: Client, ref: ResourceRef, page = {}) =>
  (await client.send(ResourceDocument, { ref, ...page })).resource ?? null
