import { describe, expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { EventFeedDocument, FollowEventsDocument } from '../../../client/generated/documents.ts'
import { it } from '../../harness/it.ts'
import { codeOf } from '../../harness/refusals.ts'
import { createTicket } from '../../harness/tickets.ts'

const create = async (client: Client, fileName: string): Promise<string> =>
  (await createTicket(client, { fileName })).upload.id

const readNow = async (admin: Client) => (await admin.send(EventFeedDocument, { after: 'now' })).eventFeed

describe('eventFeed after now', () => {
  it('is an empty page that ends at the last position', async ({ world, users: { admin, editor } }) => {
    await create(editor, 'before.mp4')
    await readNow(admin) // the first call of a user is an event too
    const { database } = world.runtime.ports
    await vi.waitUntil(async () => (await database.eventPending.count()) === 0, { timeout: 10_000, interval: 10 })
    const { eventFeed: all } = await admin.send(EventFeedDocument, { first: 100 })
    expect(await readNow(admin)).toEqual({ nodes: [], endCursor: all.endCursor, hasNextPage: false })
  })

  it('refuses editors', async ({ users: { editor } }) => {
    expect(await codeOf(readNow(editor))).toBe('FORBIDDEN')
  })

  it('is a start for a subscription that misses nothing written right after it', async ({
    users: { admin, editor },
  }) => {
    for (let round = 0; round < 20; round++) {
      const { endCursor: after } = await readNow(admin)
      const events = admin.follow(FollowEventsDocument, { after, actions: ['upload.created'] })
      // The subscription is opened only by the first `next`, while the event is already being written.
      const [first, id] = await Promise.all([events.next(), create(editor, `round-${round}.mp4`)])
      let event = first.value?.events
      // An event of the round before may not have been numbered when the cursor was read.
      while (event?.nodeId !== id) event = (await events.next()).value?.events
      await events.return?.()
      expect(event?.nodeId).toBe(id)
    }
  })
})

it('a subscription cannot start after now, since its first message would have to be an event', async ({
  users: { admin },
}) => {
  const refused = admin.follow(FollowEventsDocument, { after: 'now' }).next()
  expect(await codeOf(refused)).toBe('INVALID_INPUT')
})
