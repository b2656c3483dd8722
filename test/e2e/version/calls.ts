import { createHash } from 'node:crypto'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse } from 'graphql'
import type { Client } from '../../../client/client.ts'
import {
  MediaUploadCreateDocument,
  type MediaUploadCreateInput,
  MediaVersionActivateDocument,
  MediaVersionsDocument,
} from '../../../client/generated/documents.ts'

export const sha256Of = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Reads a media with its versions. */
export const readVersions = async (client: Client, id: string) => {
  const { media } = await client.send(MediaVersionsDocument, { id })
  if (media == null) throw new Error(`${id} does not exist`)
  return media
}

/** Subscription of a player: the status and the current version number of media. */
export const currentNumberDocument: TypedDocumentNode<
  { mediaProgress: { status: string; currentVersion: { number: number } } },
  { ids: string[] }
> = parse('subscription ($ids: [ID!]!) { mediaProgress(ids: $ids) { status currentVersion { number } } }')

export const createUpload = async (client: Client, input: Partial<MediaUploadCreateInput>) =>
  (await client.send(MediaUploadCreateDocument, { input: { fileName: 'next.txt', sizeBytes: 5, ...input } }))
    .mediaUploadCreate

export const activate = async (client: Client, mediaId: string, number: number) =>
  (await client.send(MediaVersionActivateDocument, { input: { mediaId, number } })).mediaVersionActivate

export const fetchBody = async (url: string): Promise<string> => {
  const response = await fetch(url)
  return response.status === 200 ? response.text() : `status ${response.status}`
}
