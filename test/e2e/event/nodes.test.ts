import { describe, expect } from 'vitest'
import { NodesDocument } from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { UserClients, World } from '../../harness/world.ts'

const findEventId = async (world: World, where: { action: string; nodeId?: string; mediaId?: string }) =>
  `Event:${(await world.runtime.ports.database.event.findFirstOrThrow({ where })).id}`

/** Returns the roles that can read the node: viewer, owner, another editor and admin. */
const readersOf = async (users: UserClients, id: string): Promise<string[]> => {
  const readerNames: string[] = []
  for (const [name, client] of Object.entries(users)) {
    const { nodes } = await client.send(NodesDocument, { ids: [id] })
    if (nodes[0] != null) readerNames.push(name)
  }
  return readerNames
}

describe('an event queried by its id', () => {
  it('is visible to editors only while its media exists', async ({ world, users }) => {
    const id = await world.upload(users.editor, Buffer.from('One text.'), { fileName: 'one.txt' })
    const mediaId = uuidOf(id)
    const event = await findEventId(world, { action: 'media.uploaded', mediaId })
    expect(await readersOf(users, event)).toEqual(['editor', 'otherEditor', 'admin'])
    await trashMedia(world, mediaId)
    expect(await readersOf(users, event)).toEqual(['admin'])
  })

  it('is hidden from other editors if it belongs to a pending upload', async ({ world, users }) => {
    const ticket = await createTicket(users.editor, { fileName: 'secret plans.txt', sizeBytes: 10 })
    const nodeId = uuidOf(ticket.upload.id)
    expect(await readersOf(users, await findEventId(world, { action: 'upload.created', nodeId }))).toEqual([
      'editor',
      'admin',
    ])
  })

  it('is hidden from other editors if it belongs to a completed upload', async ({ world, users }) => {
    const mediaId = uuidOf(await world.upload(users.editor, Buffer.from('Two texts.'), { fileName: 'two.txt' }))
    const event = await findEventId(world, { action: 'upload.created', mediaId })
    expect(await readersOf(users, event)).toEqual(['editor', 'admin'])
  })

  it('is visible only to admins if it belongs to no media', async ({ world, users }) => {
    expect(await readersOf(users, await findEventId(world, { action: 'user.appeared' }))).toEqual(['admin'])
  })
})
