import type { Client } from '../../client/client.ts'
import { MediaLinkDocument, type ResourceInput, type ResourceRef } from '../../client/generated/documents.ts'

let resourceCount = 0

/** Input of a resource with an external id that no other call in this test file returns. */
export const newResource = (type = 'lesson'): ResourceInput => ({ type, externalId: `${type}-${++resourceCount}` })

export const toRef = ({ source, type, externalId }: ResourceInput): ResourceRef => ({ source, type, externalId })

export const link = async (client: Client, mediaId: string, resource: ResourceInput) =>
  (await client.send(MediaLinkDocument, { input: { mediaId, resource } })).mediaLink
