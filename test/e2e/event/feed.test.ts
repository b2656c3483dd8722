import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { EventFeedDocument, EventsDocument, type LogEntryFragment } from '../../../client/generated/documents.ts'
import { it } from '../../harness/it.ts'
import { codeOf } from '../../harness/refusals.ts'
import { collect, create, cursor, seedLog, waitUntilNumbered } from './log.ts'

it.beforeAll(({ world, users }) => seedLog(world, users))

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
