import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import fc from 'fast-check'
import { parse } from 'graphql'
import { describe, expect } from 'vitest'
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
import { globalId } from '../../src/services/kernel/ids.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/mediaIt.ts'
import { codeOf } from '../harness/refusals.ts'
import { trashMedia } from '../harness/seed.ts'
import type { UserClients, World } from '../harness/world.ts'

/** Calls of the API, by the editor unless another client is given. */
const createCalls = ({ viewer, editor }: UserClients) => {
  const create = async (name: string, parentId?: string | null, client = editor) =>
    (await client.send(FolderCreateDocument, { input: { name, parentId } })).folderCreate

  return {
    create,

    /** Creates a folder and returns its id. */
    async add(name: string, parentId?: string | null): Promise<string> {
      const folder = await create(name, parentId)
      if (folder.__typename !== 'Folder') throw new Error(folder.message)
      return folder.id
    },

    update: async (input: FolderUpdateInput, client = editor) =>
      (await client.send(FolderUpdateDocument, { input })).folderUpdate,

    remove: async (id: string, client = editor) => (await client.send(FolderDeleteDocument, { id })).folderDelete,

    list: async (parentId: string | null) => (await viewer.send(FoldersDocument, { parentId })).folders,
  }
}

const it = base
  .extend('folders', { scope: 'file' }, ({ users }) => createCalls(users))
  /** Inserts a folder without the services, as `createMedia` does with a media; returns its id. */
  .extend('seedFolder', { scope: 'file' }, ({ world }) => async (name: string, parentId?: string) => {
    const data = { name, parentId: parentId === undefined ? null : uuidOf(parentId) }
    return globalId('Folder', (await world.runtime.ports.database.folder.create({ data })).id)
  })
  .extend('nested', { scope: 'file' }, async ({ seedFolder, folders }) => {
    let level31 = await seedFolder('Level 1')
    for (let level = 2; level <= 31; level++) level31 = await seedFolder(`Level ${level}`, level31)
    return { level31, level32: await folders.add('Level 32', level31) }
  })

const missingId = unknownId('Folder')

const readEvents = (world: World, id: string) =>
  world.runtime.ports.database.event.findMany({ where: { nodeId: uuidOf(id) }, orderBy: { id: 'asc' } })

const moveMedia = (world: World, mediaId: string, folderId: string | null) =>
  world.runtime.ports.database.media.update({
    where: { id: uuidOf(mediaId) },
    data: { folderId: folderId === null ? null : uuidOf(folderId) },
  })

describe('folders', () => {
  it('cannot be created by viewers', async ({ users: { viewer }, folders }) => {
    expect((await folders.create('Mine', null, viewer)).__typename).toBe('ForbiddenError')
  })

  it('cannot be updated by viewers', async ({ users: { viewer }, seedFolder, folders }) => {
    const id = await seedFolder('Not updated')
    expect((await folders.update({ id, name: 'Mine' }, viewer)).__typename).toBe('ForbiddenError')
  })

  it('cannot be deleted by viewers', async ({ users: { viewer }, seedFolder, folders }) => {
    const id = await seedFolder('Not deleted')
    expect((await folders.remove(id, viewer)).__typename).toBe('ForbiddenError')
  })

  it('can be renamed by another editor', async ({ users: { otherEditor: other }, seedFolder, folders }) => {
    const id = await seedFolder('Shared')
    expect(await folders.update({ id, name: 'Renamed by Bob' }, other)).toMatchObject({
      name: 'Renamed by Bob',
      path: '/Renamed by Bob',
    })
  })

  it('can be deleted by another editor', async ({ users: { otherEditor: other }, seedFolder, folders }) => {
    const id = await seedFolder('Deleted by Bob')
    expect(await folders.remove(id, other)).toEqual({ __typename: 'Deleted', id })
  })

  it('cannot be deleted twice', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Deleted twice')
    await folders.remove(id)
    expect((await folders.remove(id)).__typename).toBe('NotFoundError')
  })

  it('have each of their changes in the log', async ({ world, folders }) => {
    const id = await folders.add('Logged')
    await folders.update({ id, name: 'Logged again' })
    await folders.remove(id)
    const events = await readEvents(world, id)
    expect(events.map(({ action }) => action)).toEqual(['folder.created', 'folder.updated', 'folder.deleted'])
    expect(events[1]?.data).toEqual({ name: { from: 'Logged', to: 'Logged again' } })
  })

  it('are listed by name, without regard to case, with numbers by value', async ({ seedFolder, folders }) => {
    const root = await seedFolder('Sorted')
    const b = await seedFolder('b', root)
    const a10 = await seedFolder('A10', root)
    const a2 = await seedFolder('a2', root)
    expect((await folders.list(root)).map(({ id }) => id)).toEqual([a2, a10, b])
  })

  it('have a path, a parent and children', async ({ folders }) => {
    const root = await folders.add('Tree')
    const branch = await folders.add('Branch', root)
    const leaf = await folders.add('Leaf', branch)
    expect(await folders.list(root)).toEqual([
      {
        id: branch,
        name: 'Branch',
        path: '/Tree/Branch',
        mediaCount: 0,
        parent: { id: root },
        children: [{ id: leaf, name: 'Leaf' }],
      },
    ])
    expect(await folders.list(branch)).toMatchObject([{ path: '/Tree/Branch/Leaf' }])
  })

  it('have no parent at the top level', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Top level')
    const folder = (await folders.list(null)).find((row) => row.id === id)
    expect(folder).toMatchObject({ parent: null, path: '/Top level' })
  })

  it('do not count media in the trash', async ({ world, users: { editor }, createMedia, seedFolder, folders }) => {
    const root = await seedFolder('Counted media')
    const folderId = await seedFolder('Inside', root)
    const [id, trashedId] = [await createMedia(), await createMedia()]
    for (const mediaId of [id, trashedId]) await editor.send(MediaUpdateDocument, { input: { id: mediaId, folderId } })
    await trashMedia(world, trashedId)
    expect(await folders.list(root)).toMatchObject([{ mediaCount: 1 }])
  })

  it('can be read as nodes', async ({ users: { viewer }, seedFolder }) => {
    const id = await seedFolder('Node')
    const { nodes } = await viewer.send(NodesDocument, { ids: [id, missingId] })
    expect(nodes).toEqual([{ __typename: 'Folder', id }, null])
  })

  it('move together with their content', async ({ seedFolder, folders }) => {
    const [from, to] = [await seedFolder('From'), await seedFolder('To')]
    const id = await seedFolder('Moved', from)
    const childId = await seedFolder('Inside', id)
    expect(await folders.update({ id, parentId: to, name: 'Renamed' })).toMatchObject({ path: '/To/Renamed' })
    expect(await folders.list(id)).toMatchObject([{ id: childId, path: '/To/Renamed/Inside' }])
  })

  it('keep their parent when only the name changes', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Old name', await seedFolder('Parent'))
    expect(await folders.update({ id, name: 'New name' })).toMatchObject({ path: '/Parent/New name' })
  })

  it('move to the root when the parent is set to null', async ({ seedFolder, folders }) => {
    const id = await seedFolder('To the root', await seedFolder('Former parent'))
    expect(await folders.update({ id, parentId: null })).toMatchObject({ path: '/To the root' })
  })

  it('cannot be created with the name of a sibling in another case', async ({ seedFolder, folders }) => {
    const parent = await seedFolder('Siblings')
    await seedFolder('Ärger', parent)
    expect((await folders.create('äRGER', parent)).__typename).toBe('StateConflictError')
  })

  it('cannot be created at the root with a name in use, surrounding blanks aside', async ({ seedFolder, folders }) => {
    await seedFolder('Blanks')
    expect((await folders.create(' Blanks ')).__typename).toBe('StateConflictError')
  })

  it('cannot be renamed to the name of a sibling', async ({ seedFolder, folders }) => {
    const parent = await seedFolder('Renamed siblings')
    await seedFolder('Ärger', parent)
    const id = await seedFolder('Two', parent)
    expect((await folders.update({ id, name: 'ärger' })).__typename).toBe('StateConflictError')
  })

  it('can change the case of their own name', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Ärger', await seedFolder('Case'))
    expect(await folders.update({ id, name: 'ÄRGER' })).toMatchObject({ name: 'ÄRGER' })
  })

  it('can have the same name under different parents', async ({ seedFolder, folders }) => {
    const parent = await seedFolder('Same names')
    const child = await seedFolder('Child', parent)
    await seedFolder('Two', parent)
    expect((await folders.create('Two', child)).__typename).toBe('Folder')
  })

  it('are created once when two callers use the same name at the same time', async ({
    users: { otherEditor: other },
    seedFolder,
    folders,
  }) => {
    const parent = await seedFolder('Concurrent names')
    const results = await Promise.all([folders.create('Race', parent), folders.create('race', parent, other)])
    expect(results.map(({ __typename }) => __typename).toSorted()).toEqual(['Folder', 'StateConflictError'])
  })

  it('cannot be deleted while they contain folders', async ({ seedFolder, folders }) => {
    const id = await seedFolder('With a folder')
    await seedFolder('Child', id)
    expect(await folders.remove(id)).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('cannot be deleted while they contain media', async ({ world, createMedia, seedFolder, folders }) => {
    const id = await seedFolder('With a media')
    await moveMedia(world, await createMedia(), id)
    expect((await folders.remove(id)).__typename).toBe('StateConflictError')
  })

  it('cannot be deleted while a media in the trash would return to them', async ({
    world,
    createMedia,
    seedFolder,
    folders,
  }) => {
    const id = await seedFolder('With a trashed media')
    const mediaId = await createMedia()
    await moveMedia(world, mediaId, id)
    await trashMedia(world, mediaId)
    const refusal = await folders.remove(id)
    expect(refusal).toMatchObject({ __typename: 'StateConflictError' })
    expect('message' in refusal && refusal.message).toContain('trash')
  })

  it('can be deleted once they are empty', async ({ world, createMedia, seedFolder, folders }) => {
    const id = await seedFolder('Emptied')
    const child = await seedFolder('Child', id)
    const mediaId = await createMedia()
    await moveMedia(world, mediaId, id)
    await folders.remove(child)
    await trashMedia(world, mediaId)
    await moveMedia(world, mediaId, null)
    expect((await folders.remove(id)).__typename).toBe('Deleted')
  })

  describe('nested 32 levels deep', () => {
    const depthError = { __typename: 'InvalidInputError', fields: [{ path: 'parentId' }] }

    it('cannot contain another folder', async ({ folders, nested }) => {
      expect(await folders.create('Level 33', nested.level32)).toMatchObject(depthError)
    })

    it('cannot become the sibling of a folder that has a subfolder', async ({ seedFolder, folders, nested }) => {
      const branch = await seedFolder('Branch too tall')
      await seedFolder('Twig', branch)
      expect(await folders.update({ id: branch, parentId: nested.level31 })).toMatchObject(depthError)
    })

    it('can become the sibling of a folder without subfolders', async ({ seedFolder, folders, nested }) => {
      const twig = await seedFolder('Twig', await seedFolder('Former branch'))
      expect((await folders.update({ id: twig, parentId: nested.level31 })).__typename).toBe('Folder')
    })
  })

  it('cannot be moved into themselves or into their subfolders', async ({ seedFolder, folders }) => {
    const one = await seedFolder('One')
    const two = await seedFolder('Two inside', one)
    const three = await seedFolder('Three inside', two)
    for (const parentId of [one, two, three])
      expect(await folders.update({ id: one, parentId })).toMatchObject({
        __typename: 'InvalidInputError',
        fields: [{ path: 'parentId' }],
      })
  })

  it('contain at most 1000 folders', async ({ world, seedFolder, folders }) => {
    const parent = await seedFolder('Crowded')
    await world.runtime.ports.database.$executeRaw`
      INSERT INTO "Folder" ("id", "name", "parentId")
      SELECT gen_random_uuid(), 'f' || n, ${uuidOf(parent)}::uuid FROM generate_series(1, ${maxSubfolders}::int) AS n`
    expect((await folders.create('one more', parent)).__typename).toBe('StateConflictError')
  })

  it.for(['', '  ', 'a/b', 'a\\b', '..', '\u0007', '\u200e..'])(
    'cannot be created with the name %j',
    async (name, { folders }) => {
      expect(await folders.create(name)).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'name' }] })
    },
  )

  it('cannot be created in a parent that does not exist', async ({ folders }) => {
    expect(await folders.create('x', missingId)).toMatchObject({ __typename: 'NotFoundError', nodeId: missingId })
  })

  it('cannot be created with a malformed parent id', async ({ folders }) => {
    expect(await folders.create('x', 'nonsense')).toMatchObject({ fields: [{ path: 'parentId' }] })
  })

  it('cannot be moved to a parent that does not exist', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Not moved')
    expect(await folders.update({ id, parentId: missingId })).toMatchObject({ __typename: 'NotFoundError' })
  })

  it('cannot lose their name', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Named')
    expect(await folders.update({ id, name: null })).toMatchObject({ fields: [{ path: 'name' }] })
  })

  it('cannot be updated if they do not exist', async ({ folders }) => {
    expect(await folders.update({ id: missingId, name: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
  })

  it('cannot be deleted by the id of another type', async ({ folders }) => {
    expect(await folders.remove(unknownId('Media'))).toMatchObject({ __typename: 'InvalidInputError' })
  })

  it('cannot be listed for a parent that does not exist', async ({ folders }) => {
    expect(await codeOf(folders.list(missingId))).toBe('NOT_FOUND')
  })

  it('cannot be listed for a malformed parent id', async ({ folders }) => {
    expect(await codeOf(folders.list('nonsense'))).toBe('INVALID_INPUT')
  })

  it('are listed with as many statements for nine of them as for two', async ({ world, seedFolder, folders }) => {
    const statementsFor = async (count: number): Promise<number> => {
      const parent = await seedFolder(`Counted ${count}`)
      for (let index = 0; index < count; index++)
        await seedFolder(`Grandchild ${index}`, await seedFolder(`Child ${index}`, parent))
      return (await world.captureStatements(async () => expect(await folders.list(parent)).toHaveLength(count))).length
    }
    await folders.list(null)
    const statementCount = await statementsFor(2)
    expect(await statementsFor(9)).toBe(statementCount)
    expect(statementCount).toBeLessThanOrEqual(7)
  })
})

describe('concurrent changes of the folder tree', () => {
  const childrenDocument: TypedDocumentNode<
    { nodes: { children: { id: string; path: string }[] }[] },
    { ids: string[] }
  > = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Folder { children { id path } } } }')

  interface Step {
    kind: 'create' | 'move' | 'delete'
    which: number
    where: number
  }
  const stepArbitrary: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('create', 'move', 'move', 'delete'),
    which: fc.nat(20),
    where: fc.nat(20),
  })

  it('never lead to a cycle or a wrong path', async ({
    world,
    users: { viewer, editor, otherEditor: other },
    seedFolder,
    folders,
  }) => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepArbitrary, { maxLength: 25 }),
        fc.array(stepArbitrary, { maxLength: 25 }),
        async (steps, otherSteps) => {
          const root = await seedFolder(`Run ${runs++}`)
          const folderIds = [await seedFolder('x', root), await seedFolder('y', root), await seedFolder('z', root)]
          const pick = (index: number): string => folderIds[index % folderIds.length] ?? root
          const act = async (client: Client, { kind, which, where }: Step, name: string) => {
            if (kind === 'delete') return folders.remove(pick(which), client)
            if (kind === 'move') return folders.update({ id: pick(which), parentId: pick(where) }, client)
            const folder = await folders.create(name, pick(where), client)
            if (folder.__typename === 'Folder') folderIds.push(folder.id)
            return folder
          }
          const allowedTypes = ['Folder', 'Deleted', 'StateConflictError', 'InvalidInputError', 'NotFoundError']
          const run = async (client: Client, clientSteps: Step[], prefix: string): Promise<void> => {
            for (const [index, step] of clientSteps.entries())
              expect(allowedTypes).toContain((await act(client, step, `${prefix}${index}`)).__typename)
          }
          await Promise.all([run(editor, steps, 'a'), run(other, otherSteps, 'b')])

          const rows = new Map((await world.runtime.ports.database.folder.findMany()).map((row) => [row.id, row]))
          const expectedPathOf = (id: string, below: string[] = []): string => {
            const row = rows.get(id)
            if (row === undefined || below.includes(id))
              throw new Error(`Folder ${id} is missing or in a cycle; folders below it: ${below}`)
            return `${row.parentId === null ? '' : expectedPathOf(row.parentId, [...below, id])}/${row.name}`
          }
          const remainingIds = folderIds.filter((id) => rows.has(uuidOf(id)))
          const { nodes } = await viewer.send(childrenDocument, { ids: [root, ...remainingIds] })
          for (const parent of nodes)
            for (const { id, path } of parent.children) expect(path).toBe(expectedPathOf(uuidOf(id)))
        },
      ),
      { numRuns: 8 },
    )
  })
})
