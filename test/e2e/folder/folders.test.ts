import { describe, expect } from 'vitest'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import type { World } from '../../harness/world.ts'
import { it } from './folderIt.ts'

const missingId = unknownId('Folder')

const readEvents = (world: World, id: string) =>
  world.runtime.ports.database.event.findMany({ where: { nodeId: uuidOf(id) }, orderBy: { id: 'asc' } })

describe('folders', () => {
  it('cannot be created by viewers', async ({ users: { viewer }, folders }) => {
    expect((await folders.create('Mine', null, viewer)).__typename).toBe('ForbiddenError')
  })

  it('cannot be updated by viewers', async ({ users: { viewer }, seedFolder, folders }) => {
    const id = await seedFolder('Not updated')
    expect((await folders.update({ id, name: 'Mine' }, viewer)).__typename).toBe('ForbiddenError')
  })

  it('can be renamed by another editor', async ({ users: { otherEditor: other }, seedFolder, folders }) => {
    const id = await seedFolder('Shared')
    expect(await folders.update({ id, name: 'Renamed by Bob' }, other)).toMatchObject({
      name: 'Renamed by Bob',
      path: '/Renamed by Bob',
    })
  })

  it('have each of their changes in the log', async ({ world, folders }) => {
    const id = await folders.add('Logged')
    await folders.update({ id, name: 'Logged again' })
    await folders.remove(id)
    const events = await readEvents(world, id)
    expect(events.map(({ action }) => action)).toEqual(['folder.created', 'folder.updated', 'folder.deleted'])
    expect(events[1]?.data).toEqual({ name: { from: 'Logged', to: 'Logged again' } })
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

  it('cannot lose their name', async ({ seedFolder, folders }) => {
    const id = await seedFolder('Named')
    expect(await folders.update({ id, name: null })).toMatchObject({ fields: [{ path: 'name' }] })
  })

  it('cannot be updated if they do not exist', async ({ folders }) => {
    expect(await folders.update({ id: missingId, name: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
  })
})
