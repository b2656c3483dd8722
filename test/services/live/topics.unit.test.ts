import { describe, expect, it } from 'vitest'
import { lastRevision } from './library.ts'
import { collect, finish, settle, setUp, subscribe } from './topicsWorld.ts'

describe('a live subscription', () => {
  it.each([[['unknown']], [['known', 'unknown']]])('answers null for %j', async (ids) => {
    const { topics, add } = setUp()
    add('known')
    expect(await topics.subscribe(ids)).toBeNull()
  })

  it('leaves no pub/sub subscription after an unknown id', async () => {
    const { topics, count, add } = setUp()
    add('known')
    await topics.subscribe(['unknown'])
    await topics.subscribe(['known', 'unknown'])
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('delivers one event of an object that has ended', async () => {
    const { topics, add } = setUp()
    add('ended', lastRevision)
    expect((await collect(await subscribe(topics, 'ended'))).length).toBe(1)
  })

  it('releases pub/sub when all objects have ended', async () => {
    const { topics, count, add } = setUp()
    add('ended', lastRevision)
    await collect(await subscribe(topics, 'ended'))
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('ends when the last of several objects has ended', async () => {
    const world = setUp()
    world.add('x')
    world.add('y')
    const all = collect(await subscribe(world.topics, 'x', 'y', 'x'))
    await finish(world, 'x')
    await finish(world, 'y')
    const rows = await all
    expect(rows.slice(0, 2).map(({ id }) => id)).toEqual(['x', 'y'])
    expect(rows.at(-1)?.id).toBe('y')
  })

  it('releases pub/sub when the reader leaves while it waits', async () => {
    const { topics, count, add } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    await events.next()
    const pendingRead = events.next()
    await events.return?.()
    expect(await pendingRead).toEqual({ done: true })
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('shares one pub/sub subscription, one read and one load among concurrent subscribers', async () => {
    const { topics, count, reads, loads, add } = setUp()
    add('x')
    const all = await Promise.all(Array.from({ length: 50 }, () => subscribe(topics, 'x')))
    const firsts = await Promise.all(all.map((events) => events.next()))
    await Promise.all(firsts.map(({ value }) => value?.read({})))
    expect(count.subscribed).toBe(1)
    expect(reads.length).toBeLessThanOrEqual(2)
    expect(loads.length).toBe(1)
    await Promise.all(all.map((events) => events.return?.()))
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('stays open for a subscriber that arrives while the only other one leaves', async () => {
    const world = setUp()
    world.add('x')
    const first = await subscribe(world.topics, 'x')
    const [second] = await Promise.all([subscribe(world.topics, 'x'), first.return?.()])
    const rows = collect(second)
    await finish(world, 'x')
    expect((await rows).at(-1)?.parts.map(({ status }) => status)).toEqual(['READY', 'READY'])
  })

  it('is refused while the database is unavailable', async () => {
    const { topics, faults, count, add } = setUp()
    add('x')
    faults.states = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('works after the database has recovered', async () => {
    const { topics, faults, add } = setUp()
    add('x')
    faults.states = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    const events = await subscribe(topics, 'x')
    expect((await events.next()).done).toBe(false)
  })

  it('is refused while pub/sub is unavailable', async () => {
    const { topics, count, add } = setUp()
    add('x')
    count.faults = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
  })

  it('works after pub/sub has recovered', async () => {
    const { topics, count, add } = setUp()
    add('x')
    count.faults = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    const events = await subscribe(topics, 'x')
    expect((await events.next()).done).toBe(false)
    expect(count.subscribed).toBe(1)
  })

  it('ends without an event when the object is deleted', async () => {
    const { topics, storedRows, add, reconnect } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    await events.next()
    storedRows.delete('x')
    reconnect()
    expect(await events.next()).toEqual({ done: true })
  })
})
