import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { NodesDocument } from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

const eventOf = async (action: string, where: { nodeId?: string; mediaId?: string }): Promise<string> =>
  `Event:${(await world.runtime.ports.database.event.findFirstOrThrow({ where: { action, ...where } })).id}`

/** Who of viewer, owner, another editor and admin sees it. */
const readers = async (id: string): Promise<string[]> => {
  const readerNames: string[] = []
  for (const [name, client] of Object.entries({ viewer, editor, other, admin })) {
    const { nodes } = await client.send(NodesDocument, { ids: [id] })
    if (nodes[0] != null) readerNames.push(name)
  }
  return readerNames
}

describe("a row of the log, by its id, is seen by editors as a media's history shows it", () => {
  it('only while the media is there', async () => {
    const id = await world.upload(editor, Buffer.from('One text.'), { fileName: 'one.txt' })
    const mediaId = uuidOf(id)
    const event = await eventOf('media.uploaded', { mediaId })
    expect(await readers(event)).toEqual(['editor', 'other', 'admin'])
    await trashMedia(world, mediaId)
    expect(await readers(event)).toEqual(['admin'])
  })

  it("and not where it tells of somebody else's upload", async () => {
    const ticket = await createTicket(editor, { fileName: 'secret plans.txt', sizeBytes: 10 })
    const nodeId = uuidOf(ticket.upload.id)
    expect(await readers(await eventOf('upload.created', { nodeId }))).toEqual(['editor', 'admin'])
    const arrived = await world.upload(editor, Buffer.from('Two texts.'), { fileName: 'two.txt' })
    const created = await eventOf('upload.created', { mediaId: uuidOf(arrived) })
    expect(await readers(created)).toEqual(['editor', 'admin'])
  })

  it('and not where it is about no media at all', async () => {
    expect(await readers(await eventOf('user.appeared', {}))).toEqual(['admin'])
  })
})
