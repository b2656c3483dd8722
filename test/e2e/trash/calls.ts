import type { Client } from '../../../client/client.ts'
import {
  MediaDeleteDocument,
  type MediaDeleteInput,
  MediaPurgeDocument,
  MediaRestoreDocument,
  MediaUseDocument,
} from '../../../client/generated/documents.ts'

export const remove = async (client: Client, input: MediaDeleteInput, page = {}) =>
  (await client.send(MediaDeleteDocument, { input, ...page })).mediaDelete

export const restore = async (client: Client, id: string) =>
  (await client.send(MediaRestoreDocument, { id })).mediaRestore

export const purge = async (client: Client, id: string) => (await client.send(MediaPurgeDocument, { id })).mediaPurge

/** Reads a media with its usages; null if it does not exist, or is in the trash and `trashed` is false. */
export const readUse = async (client: Client, id: string, trashed = false) =>
  (await client.send(MediaUseDocument, { id, trashed })).media ?? null
