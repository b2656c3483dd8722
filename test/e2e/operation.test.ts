import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import {
  type BulkMediaInput,
  MediaBulkDeleteDocument,
  MediaBulkLinkDocument,
  MediaBulkMoveDocument,
  MediaBulkPurgeDocument,
  MediaBulkRestoreDocument,
  MediaBulkTagDocument,
  MediaDeleteDocument,
  OperationCancelDocument,
  OperationDocument,
  OperationFailuresDocument,
  OperationProgressDocument,
  type OperationResultFragment,
  OperationsDocument,
  ResourceDeleteDocument,
} from '../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { link } from '../harness/links.ts'
import { pathsOf } from '../harness/refusals.ts'
import { seedMediaId, seedMediaIds } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld({ worker: true })
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

const createOwnMedia = (count: number): Promise<string[]> =>
  seedMediaIds(world, count, { uploader: 'Ada', status: 'READY', kind: 'DOCUMENT' })
const createForeignMedia = (): Promise<string> => seedMediaId(world, { uploader: 'Bob' })

/** Follows an operation to its end, and reads what became of it. */
const waitForOperation = async (client: Client, result: OperationResultFragment) => {
  if (result.__typename !== 'Operation') throw new Error(`refused: ${result.__typename} ${result.message}`)
  for await (const _event of client.follow(OperationProgressDocument, { id: result.id }));
  const { operation } = await client.send(OperationDocument, { id: result.id })
  if (operation == null) throw new Error('an operation does not go away')
  return operation
}

const tag = async (client: Client, target: BulkMediaInput, add: string[] = ['swept']) =>
  (await client.send(MediaBulkTagDocument, { input: { target, add } })).mediaBulkTag

const tagsOf = async (id: string) =>
  (await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).tags

describe('a bulk mutation', () => {
  it('is not for viewers, and purging only for admins', async () => {
    const ids = await createOwnMedia(1)
    expect(pathsOf(await tag(viewer, { ids }))).toBe('ForbiddenError')
    const purge = await editor.send(MediaBulkPurgeDocument, { input: { ids } })
    expect(purge.mediaBulkPurge.__typename).toBe('ForbiddenError')
  })

  it.each([
    ['neither ids nor filter', {}, ['target.ids']],
    ['both', { ids: ['Media:1'], filter: { kinds: ['VIDEO' as const] } }, ['target.ids']],
    ['no ids', { ids: [] }, ['target.ids']],
    ['10 001 ids', { ids: Array.from({ length: 10_001 }, () => 'Media:1') }, ['target.ids']],
    ['an id of another type', { ids: [unknownId('Upload')] }, ['target.ids.0']],
    ['an empty filter', { filter: {} }, ['target.filter']],
    ['a filter that every size passes', { filter: { minSizeBytes: 0 } }, ['target.filter']],
    ['a filter of empty lists', { filter: { kinds: [], tagsAny: [], used: null } }, ['target.filter']],
    ['the whole trash', { filter: { trashed: true } }, ['target.filter']],
  ])('refuses %s', async (_name, target, fields) => {
    expect(pathsOf(await tag(editor, target))).toEqual(fields)
  })

  it('refuses a filter that now selects another number', async () => {
    await createOwnMedia(2)
    const target = { filter: { kinds: ['DOCUMENT' as const] }, expectedCount: 1 }
    expect(pathsOf(await tag(editor, target))).toBe('StateConflictError')
  })

  it('authorises every row on its own, and lists what failed', async () => {
    const [own, foreign] = [await createOwnMedia(2), await createForeignMedia()]
    const unknown = unknownId('Media')
    const operation = await waitForOperation(editor, await tag(editor, { ids: [...own, foreign, unknown] }))
    expect(operation).toMatchObject({
      status: 'PARTIALLY_COMPLETED',
      total: 4,
      processed: 4,
      succeeded: 2,
      failed: 2,
      percent: 100,
    })
    expect(operation.failures.nodes.map(({ nodeId, code }) => [nodeId, code])).toEqual([
      [foreign, 'FORBIDDEN'],
      [unknown, 'NOT_FOUND'],
    ])
    expect(await Promise.all(own.map(tagsOf))).toEqual([['swept'], ['swept']])
    expect(await tagsOf(foreign)).toEqual([])
  })

  it('with REJECT_EVERYTHING does all or nothing', async () => {
    const [own, foreign] = [await createOwnMedia(2), await createForeignMedia()]
    const failedOperation = await waitForOperation(
      editor,
      await tag(editor, { ids: [...own, foreign], errorPolicy: 'REJECT_EVERYTHING' }),
    )
    expect(failedOperation).toMatchObject({ status: 'FAILED', succeeded: 0, failed: 1, failures: { totalCount: 1 } })
    expect(await Promise.all(own.map(tagsOf))).toEqual([[], []])
    const done = await waitForOperation(editor, await tag(editor, { ids: own, errorPolicy: 'REJECT_EVERYTHING' }))
    expect(done).toMatchObject({ status: 'COMPLETED', succeeded: 2, failed: 0 })
    expect(await Promise.all(own.map(tagsOf))).toEqual([['swept'], ['swept']])
  })

  it('takes an id that is named twice once, and evaluates a filter once', async () => {
    const ids = await createOwnMedia(3)
    expect((await waitForOperation(editor, await tag(editor, { ids: [...ids, ...ids] }, ['once']))).total).toBe(3)
    const again = await waitForOperation(
      editor,
      await tag(editor, { filter: { tagsAny: ['ONCE'] }, expectedCount: 3 }, ['twice']),
    )
    expect(again).toMatchObject({ status: 'COMPLETED', succeeded: 3 })
    expect(await tagsOf(ids[0] ?? '')).toEqual(['once', 'twice'])
  })

  it('writes a log row for each item', async () => {
    const [id = ''] = await createOwnMedia(1)
    await waitForOperation(editor, await tag(editor, { ids: [id] }, ['logged']))
    const { database } = world.runtime.ports
    const rows = await database.event.findMany({ where: { mediaId: uuidOf(id), action: 'media.updated' } })
    expect(rows).toHaveLength(1)
  })
})

describe('delete, restore and purge in bulk', () => {
  it('go the whole way, and leave what is in use', async () => {
    const ids = await createOwnMedia(3)
    const resource = { type: 'lesson', externalId: 'bulk-1', title: 'One lesson' }
    const target = { ids: ids.slice(0, 1) }
    const linked = await editor.send(MediaBulkLinkDocument, { input: { target, resource } })
    expect(await waitForOperation(editor, linked.mediaBulkLink)).toMatchObject({ status: 'COMPLETED', succeeded: 1 })
    const removed = await editor.send(MediaBulkDeleteDocument, { input: { ids } })
    const deletion = await waitForOperation(editor, removed.mediaBulkDelete)
    expect(deletion).toMatchObject({ status: 'PARTIALLY_COMPLETED', succeeded: 2, failed: 1 })
    expect(deletion.failures.nodes).toMatchObject([{ nodeId: ids[0], code: 'IN_USE' }])
    const [, second = '', third = ''] = ids
    const restored = await editor.send(MediaBulkRestoreDocument, { input: { ids: [second] } })
    const restoration = await waitForOperation(editor, restored.mediaBulkRestore)
    expect(restoration).toMatchObject({ status: 'COMPLETED', notes: { totalCount: 0 } })
    const purged = await admin.send(MediaBulkPurgeDocument, { input: { ids: [second, third] } })
    // The second one is out of the trash again.
    expect(await waitForOperation(admin, purged.mediaBulkPurge)).toMatchObject({ succeeded: 1, failed: 1 })
    const { database } = world.runtime.ports
    expect(await database.media.count({ where: { id: { in: ids.map(uuidOf) } } })).toBe(2)
  })
})

describe('a restore in bulk', () => {
  it('notes what could not come back with a media', async () => {
    const [lost = '', whole = ''] = await createOwnMedia(2)
    const resource = { type: 'lesson', externalId: 'bulk-lost', title: 'Removed meanwhile' }
    await link(editor, lost, resource)
    const { database } = world.runtime.ports
    const { id } = await database.resource.findFirstOrThrow({ where: { externalId: 'bulk-lost' } })
    for (const media of [lost, whole]) await admin.send(MediaDeleteDocument, { input: { id: media, force: true } })
    await editor.send(ResourceDeleteDocument, { ref: { type: 'lesson', externalId: 'bulk-lost' } })
    const { mediaBulkRestore } = await editor.send(MediaBulkRestoreDocument, { input: { ids: [whole, lost] } })
    const { status, notes } = await waitForOperation(editor, mediaBulkRestore)
    expect(status).toBe('COMPLETED')
    expect(notes).toMatchObject({ totalCount: 1, nodes: [{ nodeId: lost, message: expect.stringContaining(id) }] })
  })
})

describe('moving in bulk', () => {
  it('refuses a folder that does not exist', async () => {
    const target = { ids: await createOwnMedia(1) }
    const folderId = unknownId('Folder')
    const { mediaBulkMove } = await editor.send(MediaBulkMoveDocument, { input: { target, folderId } })
    expect(mediaBulkMove.__typename).toBe('NotFoundError')
  })

  it('files all in a folder', async () => {
    const { database } = world.runtime.ports
    const folder = await database.folder.create({ data: { name: 'Bulk' } })
    const target = { ids: await createOwnMedia(2) }
    const input = { target, folderId: `Folder:${folder.id}` }
    const { mediaBulkMove } = await editor.send(MediaBulkMoveDocument, { input })
    expect(await waitForOperation(editor, mediaBulkMove)).toMatchObject({ status: 'COMPLETED', succeeded: 2 })
    expect(await database.media.count({ where: { folderId: folder.id } })).toBe(2)
  })
})

describe('an operation', () => {
  /** Ada's, as a worker finds it that is to begin or, where some is done, to go on. */
  const pending = async (ids: string[], tag: string, doneCount = 0): Promise<string> => {
    const { database } = world.runtime.ports
    const owner = await database.user.findUniqueOrThrow({ where: { externalId: 'ada' } })
    const items = ids.map((id, position) => ({
      position,
      mediaId: uuidOf(id),
      status: position < doneCount ? ('SUCCEEDED' as const) : ('PENDING' as const),
    }))
    const { id } = await database.operation.create({
      data: {
        kind: 'media.tag',
        ...(doneCount > 0 ? { status: 'RUNNING' } : {}),
        errorPolicy: 'REJECT_FAILED_ROWS',
        input: { add: [tag] },
        total: ids.length,
        processed: doneCount,
        succeeded: doneCount,
        requestedById: owner.id,
        requestedRole: 'EDITOR',
        items: { create: items },
      },
    })
    return `Operation:${id}`
  }

  it('goes on where a killed worker left it, and does no item twice', async () => {
    const ids = await createOwnMedia(4)
    const id = await pending(ids, 'resumed', 2)
    await world.runtime.services.bulkRunner.run(uuidOf(id), new AbortController().signal)
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation).toMatchObject({ status: 'COMPLETED', processed: 4, succeeded: 4 })
    expect(await Promise.all(ids.map(tagsOf))).toEqual([[], [], ['resumed'], ['resumed']])
  })

  it('is cancelled once, by whoever asked for it or an admin, and does no more', async () => {
    const [id = ''] = await createOwnMedia(1)
    const operationId = await pending([id], 'never')
    const cancel = async (client: Client) =>
      (await client.send(OperationCancelDocument, { id: operationId })).operationCancel.__typename
    expect(await cancel(other)).toBe('NotFoundError')
    const events = other.follow(OperationProgressDocument, { id: operationId })
    await expect(events.next()).rejects.toThrow('There is no such operation.')
    expect(await cancel(editor)).toBe('Operation')
    expect(await cancel(admin)).toBe('StateConflictError')
    await world.runtime.services.bulkRunner.run(uuidOf(operationId), new AbortController().signal)
    expect(await tagsOf(id)).toEqual([])
  })

  it('shows the failures of any number of operations in as many statements as those of one', async () => {
    const reader = await world.client('editor', 'Reader')
    const unknown = Array.from({ length: 3 }, (_, n) => unknownId('Media').replace(/.$/, String(n)))
    const list = async (first: number) => {
      world.statements.length = 0
      const { operations } = await reader.send(OperationFailuresDocument, { first })
      return { operations: operations.nodes, statements: world.statements.length }
    }
    for (let count = 0; count < 20; count++) await waitForOperation(reader, await tag(reader, { ids: unknown }))
    await list(1)
    const [one, five, twenty] = [await list(1), await list(5), await list(20)]
    expect([one, five, twenty].map(({ operations }) => operations.length)).toEqual([1, 5, 20])
    expect([five.statements, twenty.statements]).toEqual([one.statements, one.statements])
    for (const { failures } of twenty.operations) {
      expect(failures).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
      expect(failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknown.slice(0, 2))
    }
    const after = one.operations[0]?.failures.pageInfo.endCursor
    const nextPage = (await reader.send(OperationFailuresDocument, { first: 1, after })).operations.nodes[0]
    expect(nextPage?.failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknown.slice(2))
    const lastPage = (await reader.send(OperationFailuresDocument, { first: 1, last: 1, failures: null })).operations
    expect(lastPage.nodes[0]?.failures.nodes.map(({ nodeId }) => nodeId)).toEqual(unknown.slice(2))
  })

  it('is listed for its own caller, newest first', async () => {
    const { operations } = await other.send(OperationsDocument, {})
    expect(operations).toMatchObject({ nodes: [], totalCount: 0 })
    const page = (await editor.send(OperationsDocument, { first: 2 })).operations
    expect(page.nodes).toHaveLength(2)
    const next = (await editor.send(OperationsDocument, { first: 2, after: page.pageInfo.endCursor })).operations
    expect(next.nodes.map(({ id }) => id)).not.toContain(page.nodes[1]?.id)
    const malformed = editor.send(OperationsDocument, { after: 'nonsense' })
    await expect(malformed).rejects.toBeInstanceOf(ResponseError)
  })
})
