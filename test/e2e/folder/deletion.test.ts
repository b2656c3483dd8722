import { describe, expect } from 'vitest'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { it } from './folderIt.ts'

const moveMedia = (world: World, mediaId: string, folderId: string | null) =>
  world.runtime.ports.database.media.update({
    where: { id: uuidOf(mediaId) },
    data: { folderId: folderId === null ? null : uuidOf(folderId) },
  })

describe('folders', () => {
  it('cannot be deleted by viewers', async ({ users: { viewer }, seedFolder, folders }) => {
    const id = await seedFolder('Not deleted')
    expect((await folders.remove(id, viewer)).__typename).toBe('ForbiddenError')
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

  it('cannot be deleted by the id of another type', async ({ folders }) => {
    expect(await folders.remove(unknownId('Media'))).toMatchObject({ __typename: 'InvalidInputError' })
  })
})
