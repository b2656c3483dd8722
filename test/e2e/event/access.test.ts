import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { EventFeedDocument, EventsDocument, EventsVerifyDocument } from '../../../client/generated/documents.ts'
import { it as base } from '../../harness/it.ts'
import { codeOf } from '../../harness/refusals.ts'
import { collect, cursor, seedLog } from './log.ts'

/** Eve signs in with two tokens. */
const it = base.extend('eve', { scope: 'file' }, async ({ world }) => ({
  withEditorToken: await world.client('editor', 'Eve'),
  withAdminToken: await world.client('admin', 'Eve'),
}))

const logStart = cursor('log:POSITION', 0)

it.beforeAll(({ world, users }) => seedLog(world, users))

describe.each([
  ['the query events', (client: Client) => client.send(EventsDocument, {})],
  ['the query eventFeed', (client: Client) => client.send(EventFeedDocument, {})],
  ['the query eventsVerify', (client: Client) => client.send(EventsVerifyDocument, {})],
  ['the subscription events', (client: Client) => collect(client, { actions: ['upload.created'], after: logStart }, 1)],
])('%s', (_name, ask) => {
  it('refuses viewers', async ({ users: { viewer } }) => {
    expect(await codeOf(ask(viewer))).toBe('FORBIDDEN')
  })

  it('refuses editors', async ({ users: { editor } }) => {
    expect(await codeOf(ask(editor))).toBe('FORBIDDEN')
  })

  it('answers admins', async ({ users: { admin } }) => {
    await ask(admin)
  })
})

describe('a user with an editor token and an admin token', () => {
  it.beforeAll(({ eve }) => eve.withAdminToken.send(EventFeedDocument, { first: 1 }))

  it('cannot subscribe to the log with the editor token', async ({ eve }) => {
    expect(await codeOf(collect(eve.withEditorToken, {}, 1))).toBe('FORBIDDEN')
  })

  it('cannot read the feed with the editor token', async ({ eve }) => {
    expect(await codeOf(eve.withEditorToken.send(EventFeedDocument, {}))).toBe('FORBIDDEN')
  })

  it('reads the feed with the admin token', async ({ eve }) => {
    const { eventFeed } = await eve.withAdminToken.send(EventFeedDocument, { first: 1 })
    expect(eventFeed.nodes).toHaveLength(1)
  })
})
