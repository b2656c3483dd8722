import type { Client } from '../../../client/client.ts'
import {
  AssignmentCreateDocument,
  AssignmentUndoDocument,
  FolderUpdateDocument,
  MediaBulkDeleteDocument,
  MediaBulkTagDocument,
  MediaUnlinkDocument,
  MediaUpdateDocument,
  type ResourceInput,
} from '../../../client/generated/documents.ts'
import { link, toRef } from '../../harness/links.ts'
import type { Random } from '../../harness/random.ts'
import type { World } from '../../harness/world.ts'
import { purge, remove, restore } from '../trash/calls.ts'

export interface WrittenLibrary {
  world: World
  mediaIds: string[]
  folderIds: string[]
  resources: ResourceInput[]
  userIds: string[]
  /** Time of the last move of a folder or a resource. */
  lastMove?: number
}

const words = ['cell', 'cells', 'division', 'torts', 'exam']
export const tags = ['Biology', 'law', 'week-7']

/** Lists do not report a media that enters by a move and leaves by another within a second: README.md says so. */
const moveIntervalMs = 2000

/** Makes random changes of a library, one after the other. Refused ones change nothing. */
export const writeRandomly = async (
  library: WrittenLibrary,
  client: Client,
  random: Random,
  count: number,
): Promise<void> => {
  const { world, mediaIds, folderIds, resources, userIds } = library
  const mayMove = (): boolean => {
    if (performance.now() - (library.lastMove ?? Number.NEGATIVE_INFINITY) < moveIntervalMs) return false
    library.lastMove = performance.now()
    return true
  }
  const undoableIds: string[] = []
  const writes: Record<string, (id: string) => Promise<unknown>> = {
    rename: (id) =>
      client.send(MediaUpdateDocument, { input: { id, title: random.some(words, 0.4).join(' ') || 'x' } }),
    tag: (id) => client.send(MediaUpdateDocument, { input: { id, tags: random.some(tags, 0.5) } }),
    file: (id) => client.send(MediaUpdateDocument, { input: { id, folderId: random.one([...folderIds, null]) } }),
    link: (id) => link(client, id, random.one(resources)),
    moveResource: async (id) =>
      mayMove() &&
      link(client, id, { ...random.one(resources), parent: random.one([null, toRef(random.one(resources))]) }),
    unlink: (id) =>
      client.send(MediaUnlinkDocument, { input: { mediaId: id, resource: toRef(random.one(resources)) } }),
    moveFolder: async () =>
      mayMove() &&
      client.send(FolderUpdateDocument, {
        input: { id: random.one(folderIds), parentId: random.one([...folderIds, null]) },
      }),
    delete: (id) => remove(client, { id, force: random.chance(0.5) }),
    restore: (id) => restore(client, id),
    purge: (id) => (random.chance(0.3) ? purge(client, id) : Promise.resolve()),
    async assign(mediaId) {
      const { assignmentCreate } = await client.send(AssignmentCreateDocument, {
        input: { mediaId, userId: random.one(userIds) },
      })
      if (assignmentCreate.__typename === 'Assignment') undoableIds.push(assignmentCreate.id)
    },
    async undo() {
      const id = undoableIds.pop()
      if (id !== undefined) await client.send(AssignmentUndoDocument, { id })
    },
    async upload() {
      const text = Buffer.from(`name;points\n${random.integer(0, 1e9)};1\n`)
      mediaIds.push(await world.upload(client, text, { fileName: 'new.csv', tags: random.some(tags, 0.3) }))
    },
    bulkTag: () =>
      client.send(MediaBulkTagDocument, {
        input: { target: { ids: random.some(mediaIds, 0.3).concat(random.one(mediaIds)) }, add: [random.one(tags)] },
      }),
    bulkDelete: (id) => client.send(MediaBulkDeleteDocument, { input: { ids: [id, random.one(mediaIds)] } }),
  }
  const names = Object.keys(writes)
  for (let step = 0; step < count; step++) await writes[random.one(names)]?.(random.one(mediaIds))
}
