import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  type BulkAction,
  type BulkMediaInput,
  MediaBulkDeleteDocument,
  MediaBulkLinkDocument,
  MediaBulkMoveDocument,
  MediaBulkPreviewDocument,
  MediaBulkPurgeDocument,
  MediaBulkRestoreDocument,
  MediaDeleteDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { seedMediaId, seedUserId } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { it, tag, waitForOperation } from './calls.ts'

const runAction: Record<BulkAction, (client: Client, target: BulkMediaInput) => ReturnType<typeof tag>> = {
  DELETE: async (client, input) => (await client.send(MediaBulkDeleteDocument, { input })).mediaBulkDelete,
  RESTORE: async (client, input) => (await client.send(MediaBulkRestoreDocument, { input })).mediaBulkRestore,
  PURGE: async (client, input) => (await client.send(MediaBulkPurgeDocument, { input })).mediaBulkPurge,
  TAG: (client, target) => tag(client, target),
  MOVE: async (client, target) => (await client.send(MediaBulkMoveDocument, { input: { target } })).mediaBulkMove,
  LINK: async (client, target) =>
    (await client.send(MediaBulkLinkDocument, { input: { target, resource: newResource() } })).mediaBulkLink,
}

const item = fc.record({
  uploader: fc.constantFrom('Ada', 'Bob'),
  linkCount: fc.nat(2),
  isAssigned: fc.boolean(),
  isTrashed: fc.boolean(),
  /** Its bytes are those of the first media. */
  isCopy: fc.boolean(),
  isException: fc.boolean(),
})
type Item = typeof item extends fc.Arbitrary<infer Value> ? Value : never

const createMedia = async (world: World, admin: Client, { uploader, linkCount, isAssigned, isTrashed }: Item) => {
  const id = await seedMediaId(world, { uploader, status: 'READY', kind: 'DOCUMENT' })
  for (let count = 0; count < linkCount; count++) await link(admin, id, newResource())
  if (isAssigned) await createAssignment(admin, id, await seedUserId(world))
  if (isTrashed) await admin.send(MediaDeleteDocument, { input: { id, force: true } })
  return id
}

/** Creates the items as the media of a new folder, and returns them with a filter that selects that folder. */
const createLibrary = async (world: World, admin: Client, items: readonly Item[]) => {
  const { media: table, folder } = world.runtime.ports.database
  const { id: folderId } = await folder.create({ data: { name: crypto.randomUUID() } })
  const media: (Item & { id: string })[] = []
  for (const each of items) media.push({ ...each, id: await createMedia(world, admin, each) })
  const ids = media.map(({ id }) => uuidOf(id))
  await table.updateMany({ where: { id: { in: ids } }, data: { folderId } })
  const { sha256, sizeBytes } = await table.findFirstOrThrow({ where: { id: ids[0] } })
  const copyIds = media.filter(({ isCopy }) => isCopy).map(({ id }) => uuidOf(id))
  await table.updateMany({ where: { id: { in: copyIds } }, data: { sha256, sizeBytes } })
  return { media, filter: { folderId: `Folder:${folderId}` } }
}

const countByCode = (codes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

it('a preview counts what the operation then does', { timeout: 180_000 }, async ({ world, users }) => {
  const action = fc.constantFrom<BulkAction>('DELETE', 'RESTORE', 'PURGE', 'TAG', 'MOVE', 'LINK')
  await fc.assert(
    fc.asyncProperty(
      action,
      fc.boolean(),
      fc.boolean(),
      fc.array(item, { minLength: 1, maxLength: 8 }),
      async (chosenAction, isAdmin, isFilter, items) => {
        const client = isAdmin || chosenAction === 'PURGE' ? users.admin : users.editor
        const { media, filter } = await createLibrary(world, users.admin, items)
        const ids = media.map(({ id }) => id)
        const exceptIds = media.filter(({ isException }) => isException).map(({ id }) => id)
        const input = isFilter ? { filter, exceptIds } : { ids: [unknownId('Media'), ...ids, ...ids] }
        const { mediaBulkPreview } = await client.send(MediaBulkPreviewDocument, { action: chosenAction, input })
        const isTrashAction = chosenAction === 'RESTORE' || chosenAction === 'PURGE'
        const selectedIds = media
          .filter(({ isException, isTrashed }) => !isFilter || (!isException && isTrashed === isTrashAction))
          .map(({ id }) => uuidOf(id))
        const { _sum } = await world.runtime.ports.database.media.aggregate({
          where: { id: { in: selectedIds } },
          _sum: { sizeBytes: true },
        })
        const operation = await waitForOperation(client, await runAction[chosenAction](client, input))
        expect({
          total: mediaBulkPreview.total,
          bytes: mediaBulkPreview.bytes,
          allowed: mediaBulkPreview.allowed,
          refused: Object.fromEntries(mediaBulkPreview.refused.map(({ code, count }) => [code, count])),
        }).toEqual({
          total: operation.total,
          bytes: Number(_sum.sizeBytes ?? 0n),
          allowed: operation.succeeded,
          refused: countByCode(operation.failures.nodes.map(({ code }) => code)),
        })
      },
    ),
    { numRuns: 30, endOnFailure: true },
  )
})
