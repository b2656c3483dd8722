import { describe, expect } from 'vitest'
import {
  EventFeedDocument,
  EventsDocument,
  type EventsQueryVariables,
  EventsVerifyDocument,
  type LogEntryFragment,
} from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it } from '../../harness/it.ts'
import { type PageArguments, readAllPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedLog, waitUntilNumbered } from './log.ts'

it.beforeAll(({ world, users }) => seedLog(world, users))

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
