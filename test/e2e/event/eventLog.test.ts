import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  EventFeedDocument,
  EventsDocument,
  EventsVerifyDocument,
  FollowEventsDocument,
  type LogEntryFragment,
} from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { type PageArguments, walkPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { createTicket } from '../../harness/tickets.ts'
import { openWorld, type World } from '../../harness/world.ts'

// The log as admins see it: trail, feed and verification over the real transports.

let world: World
let root: Client
let ada: Client
let vera: Client

const create = async (client: Client, fileName: string): Promise<string> =>
  (await createTicket(client, { fileName })).upload.id

/** Until everything that has committed so far is numbered. */
const waitUntilNumbered = async (): Promise<void> => {
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

beforeAll(async () => {
  world = await openWorld()
  ;({ admin: root, editor: ada, viewer: vera } = await world.users())
  for (let n = 0; n < 5; n++) await create(ada, `file-${n}.mp4`)
  await create(root, 'root.mp4')
  await waitUntilNumbered()
})
afterAll(() => world?.close())

describe('who may read the log', () => {
  it.each([
    ['events', (client: Client) => client.send(EventsDocument, {})],
    ['eventFeed', (client: Client) => client.send(EventFeedDocument, {})],
    ['eventsVerify', (client: Client) => client.send(EventsVerifyDocument, {})],
  ])('%s is for admins', async (_name, ask) => {
    expect(await codeOf(ask(vera))).toBe('FORBIDDEN')
    expect(await codeOf(ask(ada))).toBe('FORBIDDEN')
    await ask(root)
  })

  it('the subscription is for admins, by the role of the token of this very call', async () => {
    expect(await codeOf(collect(vera, {}, 1))).toBe('FORBIDDEN')
    expect(await codeOf(collect(ada, {}, 1))).toBe('FORBIDDEN')
    // The same user with two tokens.
    const [plain, promoted] = [await world.client('editor', 'Eve'), await world.client('admin', 'Eve')]
    await promoted.send(EventFeedDocument, { first: 1 })
    expect(await codeOf(collect(plain, {}, 1))).toBe('FORBIDDEN')
    expect(await codeOf(plain.send(EventFeedDocument, {}))).toBe('FORBIDDEN')
    const { eventFeed } = await promoted.send(EventFeedDocument, { first: 1 })
    expect(eventFeed.nodes).toHaveLength(1)
  })
})

describe('events', () => {
  it('shows the whole log newest first, with actor and cursor', async () => {
    await waitUntilNumbered()
    const { events } = await root.send(EventsDocument, { first: 100 })
    expect(events.totalCount).toBe(events.edges.length)
    const times = events.edges.map(({ node }) => node.at)
    expect(times).toEqual(times.toSorted().toReversed())
    const { eventFeed } = await root.send(EventFeedDocument, { first: 100 })
    const byId = (a: LogEntryFragment, b: LogEntryFragment) => (a.id < b.id ? -1 : 1)
    expect(events.edges.map(({ node }) => node).toSorted(byId)).toEqual(eventFeed.nodes.toSorted(byId))
    expect(events.edges.every(({ node }) => node.cursor !== null)).toBe(true)
  })

  it('filters by action, actor, node and time, alone and together', async () => {
    const { events: all } = await root.send(EventsDocument, { first: 100 })
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
      const { events } = await root.send(EventsDocument, { ...filter, first: 100 })
      expect(
        events.edges.map(({ node }) => node),
        JSON.stringify(filter),
      ).toEqual(nodes.filter(predicate))
      expect(events.totalCount, JSON.stringify(filter)).toBe(events.edges.length)
    }
  })

  it('is walked forwards and backwards, each row once', async () => {
    const { events: all } = await root.send(EventsDocument, { first: 100 })
    const ids = all.edges.map(({ node }) => node.id)
    for (const filter of [{}, { actions: ['upload.created', 'user.appeared', 'user.changed'] }]) {
      const read = async (side: PageArguments) => {
        const { events } = await root.send(EventsDocument, { ...filter, ...side })
        return { ids: events.edges.map(({ node }) => node.id), pageInfo: events.pageInfo }
      }
      expect(await walkPages(read, { size: 2 })).toEqual(ids)
      expect(await walkPages(read, { size: 2, backward: true })).toEqual(ids)
    }
  })

  it.each([
    [{ actions: ['media.uploaded', 'media.eaten', 'x'] }, 'media.eaten, x'],
    [{ actions: [] }, 'Name at least one'],
    [{ actorId: 'Media:0198c5f0-0000-7000-8000-000000000000' }, 'Expected the id of a User'],
    [{ nodeId: 'nonsense' }, 'Not an id'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'after `from`'],
    [{ first: 0 }, 'Between 1 and 100'],
    [{ first: 101 }, 'Between 1 and 100'],
    [{ first: 1, after: 'nonsense' }, 'Not a cursor'],
  ])('refuses %j', async (variables, message) => {
    const request = root.send(EventsDocument, variables)
    await expect(request).rejects.toThrow(message)
    expect(await codeOf(request)).toBe('INVALID_INPUT')
  })
})

describe('eventFeed', () => {
  it('is read page by page to its end, where it says how to go on', async () => {
    const { eventFeed: all } = await root.send(EventFeedDocument, { first: 100 })
    const entries: LogEntryFragment[] = []
    let after: string | null = null
    for (;;) {
      const { eventFeed }: { eventFeed: typeof all } = await root.send(EventFeedDocument, { after, first: 3 })
      entries.push(...eventFeed.nodes)
      after = eventFeed.endCursor
      if (!eventFeed.hasNextPage) break
    }
    expect(entries).toEqual(all.nodes)
    const { eventFeed: empty } = await root.send(EventFeedDocument, { after })
    expect(empty).toEqual({ nodes: [], endCursor: after, hasNextPage: false })
    const id = await create(ada, 'later.mp4')
    await waitUntilNumbered()
    const { eventFeed: next } = await root.send(EventFeedDocument, { after })
    expect(next.nodes.map(({ nodeId }) => nodeId)).toEqual([id])
  })

  it('filters, and goes on behind all that was looked through', async () => {
    const { eventFeed: all } = await root.send(EventFeedDocument, { first: 100 })
    const { eventFeed: none } = await root.send(EventFeedDocument, { actions: ['media.purged'] })
    expect(none).toEqual({ nodes: [], endCursor: all.endCursor, hasNextPage: false })
    const nodeId = all.nodes.find(({ action }) => action === 'upload.created')?.nodeId
    for (const actions of [null, ['upload.created', 'media.purged']]) {
      const { eventFeed } = await root.send(EventFeedDocument, { nodeId, actions })
      expect(eventFeed.nodes).toEqual(all.nodes.filter((node) => node.nodeId === nodeId))
      expect(eventFeed.endCursor).toBe(all.endCursor)
    }
    const { eventFeed: two } = await root.send(EventFeedDocument, {
      actions: ['upload.created', 'user.appeared'],
      first: 2,
    })
    expect(two.nodes).toEqual(all.nodes.slice(0, 2))
    expect(two.endCursor).toBe(two.nodes.at(-1)?.cursor)
    expect(two.hasNextPage).toBe(true)
  })

  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

  it.each([
    ['from the future', { after: cursor('log:POSITION', 1_000_000) }],
    ['of the trail', { after: cursor('log:AT', ['2026-01-01T00:00:00.000Z', '0198c5f0-0000-7000-8000-000000000000']) }],
    ['of another list', { after: cursor('operationFailures', 1) }],
    ['below zero', { after: cursor('log:POSITION', -1) }],
    ['between two', { after: cursor('log:POSITION', 1.5) }],
    ['of text', { after: cursor('log:POSITION', '1') }],
    ['of nonsense', { after: 'nonsense' }],
    ['of nothing', { after: '' }],
  ])('refuses a cursor %s, in the subscription too', async (_name, variables) => {
    expect(await codeOf(root.send(EventFeedDocument, variables))).toBe('INVALID_INPUT')
    expect(await codeOf(collect(root, variables, 1))).toBe('INVALID_INPUT')
  })

  it.each([0, -1, 101])('refuses pages of %i', async (first) => {
    expect(await codeOf(root.send(EventFeedDocument, { first }))).toBe('INVALID_INPUT')
  })

  it('asks with as many statements for a hundred rows as for one', async () => {
    const count = async (first: number) => {
      const feed = await world.captureStatements(() => root.send(EventFeedDocument, { first }))
      const trail = await world.captureStatements(() => root.send(EventsDocument, { first }))
      return [feed.length, trail.length]
    }
    await count(10)
    expect(await count(100)).toEqual(await count(10))
  })
})

describe('the subscription', () => {
  it('replays what was missed, then follows', async () => {
    const { eventFeed: all } = await root.send(EventFeedDocument, { first: 100 })
    const after = all.nodes[2]?.cursor
    const missedCount = all.nodes.length - 3
    const following = collect(root, { after }, missedCount + 2)
    const ids = [await create(ada, 'live-1.mp4'), await create(root, 'live-2.mp4')]
    const entries = await following
    expect(entries.slice(0, missedCount)).toEqual(all.nodes.slice(3))
    expect(entries.slice(missedCount).map(({ nodeId }) => nodeId)).toEqual(ids)
  })

  it('begins now where there is no resume point, and shows only what is wanted', async () => {
    const [grace, earlierId] = [await world.client('admin', 'Grace'), await create(ada, 'before.mp4')]
    await waitUntilNumbered()
    const following = [
      collect(root, { actions: ['upload.created'] }, 3),
      collect(root, { actions: ['media.purged', 'upload.created'] }, 3),
      collect(grace, { actions: ['upload.created'] }, 3),
    ]
    let open = true
    const all = Promise.all(following).finally(() => {
      open = false
    })
    const ids: string[] = [earlierId]
    while (open) ids.push(await create(ada, 'now.mp4'))
    for (const entries of await all) {
      const results = entries.map(({ nodeId }) => nodeId)
      const start = ids.indexOf(results[0] ?? '')
      expect(start).toBeGreaterThan(0)
      expect(results).toEqual(ids.slice(start, start + 3))
    }
  })
})

describe('eventsVerify', () => {
  it('finds a log whole that only the application has written', async () => {
    await waitUntilNumbered()
    const { eventsVerify } = await root.send(EventsVerifyDocument, {})
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
