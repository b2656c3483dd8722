import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { it } from '../../harness/mediaIt.ts'
import type { World } from '../../harness/world.ts'
import { remove, restore } from './calls.ts'

describe('Media.deletedBy', () => {
  const readDeletedBy = async (world: World, id: string): Promise<unknown> => {
    const query = 'query ($id: ID!) { media(id: $id, trashed: true) { deletedBy { name } } }'
    return (await world.post(await world.token('viewer', 'Vera'), query, { id })).data
  }

  const removed = async (client: Client, createMedia: () => Promise<string>): Promise<string> => {
    const id = await createMedia()
    await remove(client, { id })
    return id
  }

  it('is the user who moved the media to the trash', async ({ world, users: { admin }, createMedia }) => {
    const id = await removed(admin, createMedia)
    expect(await readDeletedBy(world, id)).toEqual({ media: { deletedBy: { name: 'Root' } } })
  })

  it('is null outside the trash', async ({ world, users: { admin }, createMedia }) => {
    const id = await removed(admin, createMedia)
    await restore(admin, id)
    expect(await readDeletedBy(world, id)).toEqual({ media: { deletedBy: null } })
  })
})
