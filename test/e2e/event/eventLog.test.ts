import { describe, expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  EventFeedDocument,
  EventsDocument,
  type EventsQueryVariables,
  EventsVerifyDocument,
  FollowEventsDocument,
  type LogEntryFragment,
} from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/it.ts'
import { type PageArguments, readAllPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { World } from '../../harness/world.ts'

// Tests the log as admins use it: audit trail, feed and verification, over the real transports.

/** Eve signs in with two tokens. */
const it = base.extend('eve', { scope: 'file' }, async ({ world }) => ({
  withEditorToken: await world.client('editor', 'Eve'),
  withAdminToken: await world.client('admin', 'Eve'),
}))

const create = async (client: Client, fileName: string): Promise<string> =>
  (await createTicket(client, { fileName })).upload.id

/** Waits until all committed events are numbered. */
const waitUntilNumbered = async (world: World): Promise<void> => {
  const { database } = world.runtime.ports
  await vi.waitUntil(async () => (await database.eventPending.count()) === 0, { timeout: 10_000, interval: 10 })
}

const collect = async (client: Client, variables: object, count: number): Promise<LogEntryFragment[]> => {
  const results: LogEntryFragment[] = []
  for await (const { events } of client.follow(FollowEventsDocument, variables)) {
    results.push(events)
    if (results.length === count) break
  }
  return results
}

const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const logStart = cursor('log:POSITION', 0)

it.beforeAll(async ({ world, users: { admin, editor } }) => {
  for (let n = 0; n < 5; n++) await create(editor, `file-${n}.mp4`)
  await create(admin, 'root.mp4')
  await waitUntilNumbered(world)
})

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

describe('events', () => {
  it('returns the whole log newest first', async ({ world, users: { admin } }) => {
    await waitUntilNumbered(world)
    const { events } = await admin.send(EventsDocument, { first: 100 })
    expect(events.totalCount).toBe(events.edges.length)
    const times = events.edges.map(({ node }) => node.at)
    expect(times).toEqual(times.toSorted().toReversed())
    const { eventFeed } = await admin.send(EventFeedDocument, { first: 100 })
    const byId = (a: LogEntryFragment, b: LogEntryFragment) => (a.id < b.id ? -1 : 1)
    expect(events.edges.map(({ node }) => node).toSorted(byId)).toEqual(eventFeed.nodes.toSorted(byId))
    expect(events.edges.every(({ node }) => node.cursor !== null)).toBe(true)
  })

  it('combines filters by action, actor, node and time', async ({ world, users: { admin } }) => {
    const { events: all } = await admin.send(EventsDocument, { first: 100 })
    const nodes = all.edges.map(({ node }) => node)
    const rows = await world.runtime.ports.database.event.findMany()
    const [adaRow] = await world.runtime.ports.database.user.findMany({ where: { externalId: 'ada' } })
    const actorId = globalId('User', adaRow?.id ?? '')
    const byAda = new Set(rows.filter((row) => row.actorId === adaRow?.id).map(({ id }) => globalId('Event', id)))
    const middle = nodes[3]?.at ?? ''
    const upload = nodes.find(({ action }) => action === 'upload.created')?.nodeId ?? ''
    const actionIs = (name: string) => (node: LogEntryFragment) => node.action === name
    const cases: [object, (node: LogEntryFragment) => boolean][] = [
      [{ actions: ['upload.created'] }, actionIs('upload.created')],
      [{ actions: ['user.appeared', 'user.changed', 'user.appeared'] }, (node) => node.action !== 'upload.created'],
      [{ actions: ['media.purged'] }, () => false],
      [{ actorId }, ({ id }) => byAda.has(id)],
      [{ actorId, actions: ['user.appeared'] }, () => false],
      [{ actorId, actions: ['upload.created'] }, ({ id }) => byAda.has(id)],
      [{ nodeId: upload }, ({ nodeId }) => nodeId === upload],
      [{ nodeId: upload, actions: ['upload.created'] }, ({ nodeId }) => nodeId === upload],
      [{ nodeId: upload, actions: ['user.appeared'] }, () => false],
      [{ nodeId: upload.replace('Upload', 'Media') }, () => false],
      [{ from: middle }, ({ at }) => at >= middle],
      [{ to: middle }, ({ at }) => at < middle],
      [{ from: middle, actorId, actions: ['upload.created'] }, ({ id, at }) => at >= middle && byAda.has(id)],
    ]
    for (const [filter, predicate] of cases) {
      const { events } = await admin.send(EventsDocument, { ...filter, first: 100 })
      expect(
        events.edges.map(({ node }) => node),
        JSON.stringify(filter),
      ).toEqual(nodes.filter(predicate))
      expect(events.totalCount, JSON.stringify(filter)).toBe(events.edges.length)
    }
  })

  it('returns each row once in both paging directions', async ({ users: { admin } }) => {
    const { events: all } = await admin.send(EventsDocument, { first: 100 })
    const ids = all.edges.map(({ node }) => node.id)
    for (const filter of [{}, { actions: ['upload.created', 'user.appeared', 'user.changed'] }]) {
      const read = async (side: PageArguments) => {
        const { events } = await admin.send(EventsDocument, { ...filter, ...side })
        return { ids: events.edges.map(({ node }) => node.id), pageInfo: events.pageInfo }
      }
      expect(await readAllPages(read, { size: 2 })).toEqual(ids)
      expect(await readAllPages(read, { size: 2, backward: true })).toEqual(ids)
    }
  })

  it.for<[EventsQueryVariables, string]>([
    [{ actions: ['media.uploaded', 'media.eaten', 'x'] }, 'media.eaten, x'],
    [{ actions: [] }, 'Give at least one'],
    [{ actorId: 'Media:0198c5f0-0000-7000-8000-000000000000' }, 'Expected the id of a User'],
    [{ nodeId: 'nonsense' }, 'Not an id'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'after `from`'],
    [{ first: 0 }, 'Between 1 and 100'],
    [{ first: 101 }, 'Between 1 and 100'],
    [{ first: 1, after: 'nonsense' }, 'Not a cursor'],
  ])('refuses %j', async ([variables, message], { users: { admin } }) => {
    const request = admin.send(EventsDocument, variables)
    await expect(request).rejects.toThrow(message)
    expect(await codeOf(request)).toBe('INVALID_INPUT')
  })
})

describe('eventFeed', () => {
  const readAll = async (admin: Client) => (await admin.send(EventFeedDocument, { first: 100 })).eventFeed

  const readPages = async (admin: Client) => {
    const entries: LogEntryFragment[] = []
    let endCursor: string | null = null
    for (;;) {
      const { eventFeed }: { eventFeed: Awaited<ReturnType<typeof readAll>> } = await admin.send(EventFeedDocument, {
        after: endCursor,
        first: 3,
      })
      entries.push(...eventFeed.nodes)
      endCursor = eventFeed.endCursor
      if (!eventFeed.hasNextPage) return { entries, endCursor }
    }
  }

  it('returns every event once, page by page', async ({ users: { admin } }) => {
    const all = await readAll(admin)
    expect((await readPages(admin)).entries).toEqual(all.nodes)
  })

  it('returns an empty page with the same cursor at the end of the log', async ({ users: { admin } }) => {
    const { endCursor: after } = await readPages(admin)
    const { eventFeed } = await admin.send(EventFeedDocument, { after })
    expect(eventFeed).toEqual({ nodes: [], endCursor: after, hasNextPage: false })
  })

  it('returns only later events after its last end cursor', async ({ world, users: { admin, editor } }) => {
    const { endCursor: after } = await readPages(admin)
    const id = await create(editor, 'later.mp4')
    await waitUntilNumbered(world)
    const { eventFeed } = await admin.send(EventFeedDocument, { after })
    expect(eventFeed.nodes.map(({ nodeId }) => nodeId)).toEqual([id])
  })

  it('ends at the end of the log if no event matches the filter', async ({ users: { admin } }) => {
    const all = await readAll(admin)
    const { eventFeed } = await admin.send(EventFeedDocument, { actions: ['media.purged'] })
    expect(eventFeed).toEqual({ nodes: [], endCursor: all.endCursor, hasNextPage: false })
  })

  it.for<[string[] | null]>([[null], [['upload.created', 'media.purged']]])(
    'filters by node with the actions %j',
    async ([actions], { users: { admin } }) => {
      const all = await readAll(admin)
      const nodeId = all.nodes.find(({ action }) => action === 'upload.created')?.nodeId
      const { eventFeed } = await admin.send(EventFeedDocument, { nodeId, actions })
      expect(eventFeed.nodes).toEqual(all.nodes.filter((node) => node.nodeId === nodeId))
      expect(eventFeed.endCursor).toBe(all.endCursor)
    },
  )

  it('ends a full page of filtered events at its last event', async ({ users: { admin } }) => {
    const all = await readAll(admin)
    const { eventFeed } = await admin.send(EventFeedDocument, {
      actions: ['upload.created', 'user.appeared'],
      first: 2,
    })
    expect(eventFeed.nodes).toEqual(all.nodes.slice(0, 2))
    expect(eventFeed.endCursor).toBe(eventFeed.nodes.at(-1)?.cursor)
    expect(eventFeed.hasNextPage).toBe(true)
  })

  const cursors: [string, { after: string }][] = [
    ['beyond the end of the log', { after: cursor('log:POSITION', 1_000_000) }],
    [
      'of the audit trail',
      { after: cursor('log:AT', ['2026-01-01T00:00:00.000Z', '0198c5f0-0000-7000-8000-000000000000']) },
    ],
    ['of another list', { after: cursor('operationFailures', 1) }],
    ['with a negative position', { after: cursor('log:POSITION', -1) }],
    ['with a fractional position', { after: cursor('log:POSITION', 1.5) }],
    ['with a position as text', { after: cursor('log:POSITION', '1') }],
    ['that is not encoded', { after: 'nonsense' }],
    ['that is empty', { after: '' }],
  ]

  it.for(cursors)('refuses a cursor %s', async ([_name, variables], { users: { admin } }) => {
    expect(await codeOf(admin.send(EventFeedDocument, variables))).toBe('INVALID_INPUT')
  })

  it.for(cursors)('refuses a cursor %s in the subscription', async ([_name, variables], { users: { admin } }) => {
    expect(await codeOf(collect(admin, variables, 1))).toBe('INVALID_INPUT')
  })

  it.for([0, -1, 101])('refuses pages of %i events', async (first, { users: { admin } }) => {
    expect(await codeOf(admin.send(EventFeedDocument, { first }))).toBe('INVALID_INPUT')
  })

  it('takes as many statements for a hundred rows as for ten', async ({ world, users: { admin } }) => {
    const countStatements = async (first: number) => {
      const feed = await world.captureStatements(() => admin.send(EventFeedDocument, { first }))
      const trail = await world.captureStatements(() => admin.send(EventsDocument, { first }))
      return [feed.length, trail.length]
    }
    await countStatements(10)
    expect(await countStatements(100)).toEqual(await countStatements(10))
  })
})

describe('the subscription', () => {
  it('delivers the missed events before the new ones', async ({ users: { admin, editor } }) => {
    const { eventFeed: all } = await admin.send(EventFeedDocument, { first: 100 })
    const after = all.nodes[2]?.cursor
    const missedCount = all.nodes.length - 3
    const collection = collect(admin, { after }, missedCount + 2)
    const ids = [await create(editor, 'live-1.mp4'), await create(admin, 'live-2.mp4')]
    const entries = await collection
    expect(entries.slice(0, missedCount)).toEqual(all.nodes.slice(3))
    expect(entries.slice(missedCount).map(({ nodeId }) => nodeId)).toEqual(ids)
  })

  it('delivers only new matching events if it has no cursor', async ({ world, users: { admin, editor } }) => {
    const [grace, earlierId] = [await world.client('admin', 'Grace'), await create(editor, 'before.mp4')]
    await waitUntilNumbered(world)
    const collections = [
      collect(admin, { actions: ['upload.created'] }, 3),
      collect(admin, { actions: ['media.purged', 'upload.created'] }, 3),
      collect(grace, { actions: ['upload.created'] }, 3),
    ]
    let isOpen = true
    const all = Promise.all(collections).finally(() => {
      isOpen = false
    })
    const ids: string[] = [earlierId]
    while (isOpen) ids.push(await create(editor, 'now.mp4'))
    for (const entries of await all) {
      const results = entries.map(({ nodeId }) => nodeId)
      const start = ids.indexOf(results[0] ?? '')
      expect(start).toBeGreaterThan(0)
      expect(results).toEqual(ids.slice(start, start + 3))
    }
  })
})

describe('eventsVerify', () => {
  it('reports no fault in a log that only the application has written', async ({ world, users: { admin } }) => {
    await waitUntilNumbered(world)
    const { eventsVerify } = await admin.send(EventsVerifyDocument, {})
    const checked = await world.runtime.ports.database.event.count()
    expect(eventsVerify).toEqual({
      ok: true,
      checked,
      firstBroken: null,
      brokenPosition: null,
      fault: null,
      reason: null,
    })
  })
})
