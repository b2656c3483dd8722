import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../client/client.ts'
import {
  FolderCreateDocument,
  FolderDeleteDocument,
  FoldersDocument,
  FolderUpdateDocument,
  type FolderUpdateInput,
  MediaUpdateDocument,
  NodesDocument,
} from '../../client/generated/documents.ts'
import { maxSubfolders } from '../../src/services/folder/folders.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { codeOf } from '../harness/refusals.ts'
import { seedMedia, trashMedia } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other } = await world.users())
})
afterAll(() => world?.close())

const create = async (name: string, parentId?: string | null, client = editor) =>
  (await client.send(FolderCreateDocument, { input: { name, parentId } })).folderCreate

const createFolder = async (name: string, parentId?: string | null): Promise<string> => {
  const folder = await create(name, parentId)
  if (folder.__typename !== 'Folder') throw new Error(folder.message)
  return folder.id
}

const update = async (input: FolderUpdateInput, client = editor) =>
  (await client.send(FolderUpdateDocument, { input })).folderUpdate

const remove = async (id: string, client = editor) => (await client.send(FolderDeleteDocument, { id })).folderDelete

const listFolders = async (parentId: string | null) => (await viewer.send(FoldersDocument, { parentId })).folders

const unknown = unknownId('Folder')

describe('folders', () => {
  it('are changed by editors, not by viewers', async () => {
    const id = await createFolder('Ladder')
    expect((await create('Mine', null, viewer)).__typename).toBe('ForbiddenError')
    expect((await update({ id, name: 'Mine' }, viewer)).__typename).toBe('ForbiddenError')
    expect((await remove(id, viewer)).__typename).toBe('ForbiddenError')
    expect(await update({ id, name: 'Ladders' }, other)).toMatchObject({ name: 'Ladders', path: '/Ladders' })
    expect(await remove(id, other)).toEqual({ __typename: 'Deleted', id })
    expect((await remove(id, other)).__typename).toBe('NotFoundError')
    const events = await world.runtime.ports.database.event.findMany({
      where: { nodeId: uuidOf(id) },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ action }) => action)).toEqual(['folder.created', 'folder.updated', 'folder.deleted'])
    expect(events[1]?.data).toEqual({ name: { from: 'Ladder', to: 'Ladders' } })
  })

  it('form a tree that reads by name, with paths and counts of present media', async () => {
    const root = await createFolder('Tree')
    const [b, a10, a2] = [
      await createFolder('b', root),
      await createFolder('A10', root),
      await createFolder('a2', root),
    ]
    const leaf = await createFolder('Leaf', b)
    const [first = '', second = ''] = await seedMedia(world, 2, { uploader: 'Ada' })
    for (const id of [first, second])
      await editor.send(MediaUpdateDocument, { input: { id: `Media:${id}`, folderId: leaf } })
    await trashMedia(world, second)
    const inside = await listFolders(root)
    expect(inside.map(({ id }) => id)).toEqual([a2, a10, b])
    expect(inside[2]).toEqual({
      id: b,
      name: 'b',
      path: '/Tree/b',
      mediaCount: 0,
      parent: { id: root },
      children: [{ id: leaf, name: 'Leaf' }],
    })
    expect(await listFolders(b)).toMatchObject([{ path: '/Tree/b/Leaf', mediaCount: 1 }])
    expect((await listFolders(null)).find(({ id }) => id === root)).toMatchObject({ parent: null, path: '/Tree' })
    const { nodes } = await viewer.send(NodesDocument, { ids: [leaf, unknown] })
    expect(nodes).toEqual([{ __typename: 'Folder', id: leaf }, null])
  })

  it('move with all that is in them, and to the root by null', async () => {
    const [from, to] = [await createFolder('From'), await createFolder('To')]
    const movedId = await createFolder('Moved', from)
    const inside = await createFolder('Inside', movedId)
    expect(await update({ id: movedId, parentId: to, name: 'Renamed' })).toMatchObject({ path: '/To/Renamed' })
    expect(await listFolders(movedId)).toMatchObject([{ id: inside, path: '/To/Renamed/Inside' }])
    expect(await update({ id: movedId, name: 'Stays' })).toMatchObject({ path: '/To/Stays' })
    expect(await update({ id: movedId, parentId: null })).toMatchObject({ path: '/Stays' })
  })

  it('have names of their own among siblings, regardless of case', async () => {
    const parent = await createFolder('Siblings')
    const one = await createFolder('Ärger', parent)
    const two = await createFolder('Two', parent)
    expect((await create('äRGER', parent)).__typename).toBe('StateConflictError')
    expect((await update({ id: two, name: 'ärger' })).__typename).toBe('StateConflictError')
    expect(await update({ id: one, name: 'ÄRGER' })).toMatchObject({ name: 'ÄRGER' })
    expect((await create('Two', one)).__typename).toBe('Folder')
    expect((await create(' Siblings ')).__typename).toBe('StateConflictError')
    const both = await Promise.all([create('Race', parent), create('race', parent, other)])
    expect(both.map(({ __typename }) => __typename).toSorted()).toEqual(['Folder', 'StateConflictError'])
  })

  it('are deleted only when empty, also of what lies in the trash', async () => {
    const id = await createFolder('Full')
    const child = await createFolder('Child', id)
    expect(await remove(id)).toMatchObject({ __typename: 'StateConflictError' })
    await remove(child)
    const [mediaId = ''] = await seedMedia(world, 1, { uploader: 'Ada' })
    const { database } = world.runtime.ports
    await database.media.update({ where: { id: mediaId }, data: { folderId: uuidOf(id) } })
    expect((await remove(id)).__typename).toBe('StateConflictError')
    await trashMedia(world, mediaId)
    const refusal = await remove(id)
    expect(refusal).toMatchObject({ __typename: 'StateConflictError' })
    expect('message' in refusal && refusal.message).toContain('trash')
    await database.media.update({ where: { id: mediaId }, data: { folderId: null } })
    expect((await remove(id)).__typename).toBe('Deleted')
  })

  it('lie at most 32 levels deep, whether made or moved', async () => {
    let parent = await createFolder('Level 1')
    for (let level = 2; level <= 32; level++) parent = await createFolder(`Level ${level}`, parent)
    const tooDeep = { __typename: 'InvalidInputError', fields: [{ path: 'parentId' }] }
    expect(await create('Level 33', parent)).toMatchObject(tooDeep)
    const branch = await createFolder('Branch')
    const twig = await createFolder('Twig', branch)
    const rows = await world.runtime.ports.database.folder.findUniqueOrThrow({ where: { id: uuidOf(parent) } })
    expect(await update({ id: branch, parentId: `Folder:${rows.parentId}` })).toMatchObject(tooDeep)
    expect((await update({ id: twig, parentId: `Folder:${rows.parentId}` })).__typename).toBe('Folder')
  })

  it('never lie inside themselves', async () => {
    const one = await createFolder('One')
    const two = await createFolder('Two inside', one)
    const three = await createFolder('Three inside', two)
    for (const parentId of [one, two, three])
      expect(await update({ id: one, parentId })).toMatchObject({
        __typename: 'InvalidInputError',
        fields: [{ path: 'parentId' }],
      })
  })

  it('hold at most a thousand folders', async () => {
    const parent = await createFolder('Crowded')
    const parentId = uuidOf(parent)
    const data = Array.from({ length: maxSubfolders }, (_, index) => ({ name: `f${index}`, parentId }))
    await world.runtime.ports.database.folder.createMany({ data })
    expect((await create('one more', parent)).__typename).toBe('StateConflictError')
  })

  it.each(['', '  ', 'a/b', 'a\\b', '..', '\u0007', 'x'.repeat(256)])('refuse the name %j', async (name) => {
    expect(await create(name)).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'name' }] })
  })

  it('refuse what leads nowhere', async () => {
    const id = await createFolder('Somewhere')
    expect(await create('x', unknown)).toMatchObject({ __typename: 'NotFoundError', nodeId: unknown })
    expect(await create('x', 'nonsense')).toMatchObject({ fields: [{ path: 'parentId' }] })
    expect(await update({ id, parentId: unknown })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await update({ id, name: null })).toMatchObject({ fields: [{ path: 'name' }] })
    expect(await update({ id: unknown, name: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await remove(unknownId('Media'))).toMatchObject({ __typename: 'InvalidInputError' })
    expect(await codeOf(listFolders(unknown))).toBe('NOT_FOUND')
    expect(await codeOf(listFolders('nonsense'))).toBe('INVALID_INPUT')
  })

  it('take as many statements for many as for few', async () => {
    const statementsFor = async (count: number): Promise<number> => {
      const parent = await createFolder(`Counted ${count}`)
      for (let index = 0; index < count; index++)
        await createFolder(`Grandchild ${index}`, await createFolder(`Child ${index}`, parent))
      return (await world.captureStatements(async () => expect(await listFolders(parent)).toHaveLength(count))).length
    }
    await listFolders(null)
    const fewStatements = await statementsFor(2)
    expect(await statementsFor(9)).toBe(fewStatements)
    expect(fewStatements).toBeLessThanOrEqual(7)
  })
})

describe('two callers who reshape the tree at once', () => {
  type Step = { kind: 'create' | 'move' | 'delete'; which: number; where: number }
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('create', 'move', 'move', 'delete'),
    which: fc.nat(20),
    where: fc.nat(20),
  })

  it('never make a cycle, and every path is right', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.array(step, { maxLength: 25 }), async (ours, theirs) => {
        const root = await createFolder(`Run ${runs++}`)
        const folderIds = [await createFolder('x', root), await createFolder('y', root), await createFolder('z', root)]
        const pick = (index: number): string => folderIds[index % folderIds.length] ?? root
        const act = async (client: Client, { kind, which, where }: Step, name: string) => {
          if (kind === 'delete') return remove(pick(which), client)
          if (kind === 'move') return update({ id: pick(which), parentId: pick(where) }, client)
          const folder = await create(name, pick(where), client)
          if (folder.__typename === 'Folder') folderIds.push(folder.id)
          return folder
        }
        const expected = ['Folder', 'Deleted', 'StateConflictError', 'InvalidInputError', 'NotFoundError']
        const run = async (client: Client, steps: Step[], who: string): Promise<void> => {
          for (const [index, one] of steps.entries())
            expect(expected).toContain((await act(client, one, `${who}${index}`)).__typename)
        }
        await Promise.all([run(editor, ours, 'a'), run(other, theirs, 'b')])

        const rows = new Map((await world.runtime.ports.database.folder.findMany()).map((row) => [row.id, row]))
        const pathOf = (id: string, below: string[] = []): string => {
          const row = rows.get(id)
          if (row === undefined || below.includes(id)) throw new Error(`a cycle, or a hole: ${below}`)
          return `${row.parentId === null ? '' : pathOf(row.parentId, [...below, id])}/${row.name}`
        }
        const remainingIds = folderIds.filter((id) => rows.has(uuidOf(id)))
        for (const parent of [root, ...remainingIds])
          for (const { id, path } of await listFolders(parent)) expect(path).toBe(pathOf(uuidOf(id)))
      }),
      { numRuns: 8 },
    )
  })
})
