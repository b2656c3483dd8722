import type { Client } from '../../../client/client.ts'
import {
  MediaAssignmentsDocument,
  type MediaFilter,
  MediaRestoreAssignedDocument,
} from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import type { World } from '../../harness/world.ts'

/** Finds media with their assignments: the newest three. */
export const findMedia = async (client: Client, filter: MediaFilter) =>
  (await client.send(MediaAssignmentsDocument, { filter, first: 3 })).mediaList

/** Reads one of the newest three media. */
export const mediaOf = async (client: Client, id: string) =>
  (await findMedia(client, {})).nodes.find((media) => media.id === id)

/** Restores a media from the trash and throws if the API refuses. */
export const restore = async (client: Client, id: string) => {
  const { mediaRestore } = await client.send(MediaRestoreAssignedDocument, { id })
  if (mediaRestore.__typename !== 'MediaRestoration') throw new Error(mediaRestore.message)
  return mediaRestore
}

/** Reads the row of an assignment. */
export const rowOf = (world: World, id: string) =>
  world.runtime.ports.database.assignment.findUniqueOrThrow({ where: { id: uuidOf(id) } })
