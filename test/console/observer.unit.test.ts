import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createObserver, type Topic } from '../../console/src/live/observer.ts'
import type { Sink, Sockets } from '../../console/src/live/sockets.ts'

type Event = { number: number }

/** Sockets whose events and connection the test decides. */
const createFakeSockets = () => {
  const sinks: Sink<Event>[] = []
  const listeners = new Set<() => void>()
  const sockets = {
    subscribe: (_document: unknown, _variables: unknown, sink: Sink<Event>) => {
      sinks.push(sink)
      return () => void sinks.splice(sinks.indexOf(sink), 1)
    },
    connection: () => 'connected',
    onConnection: () => () => undefined,
    onRestored: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    resume: () => undefined,
    close: () => undefined,
  } as Sockets // as: the test subscribes to events of one type
  const restore = (): void => {
    for (const listener of listeners) listener()
  }
  return { sockets, sinks, restore }
}

const follow = (fake: ReturnType<typeof createFakeSockets>) => {
  const deliveries: number[][] = []
  const onGap = vi.fn()
  const topic = {
    document: '' as unknown as Topic<Event, Record<string, never>>['document'], // as: no server reads it
    variables: {},
    onEvents: (events: Event[]) => void deliveries.push(events.map(({ number }) => number)),
    onGap,
  }
  return { stop: createObserver(fake.sockets).follow(topic), deliveries, onGap }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

it('events are delivered at most every 100 ms, none is lost', () => {
  const fake = createFakeSockets()
  const { deliveries } = follow(fake)
  for (let number = 0; number < 500; number++) {
    fake.sinks[0]?.next({ number })
    vi.advanceTimersByTime(2)
  }
  vi.advanceTimersByTime(200)
  expect(deliveries.length).toBeLessThanOrEqual(12)
  expect(deliveries.flat()).toEqual(Array.from({ length: 500 }, (_, number) => number))
})

it('a topic learns of the gap after the connection is restored', () => {
  const fake = createFakeSockets()
  const { onGap } = follow(fake)
  expect(onGap).not.toHaveBeenCalled()
  fake.restore()
  expect(onGap).toHaveBeenCalledOnce()
})

it('a refused subscription is requested again, after longer pauses', () => {
  const fake = createFakeSockets()
  const { onGap } = follow(fake)
  fake.sinks.at(-1)?.fail(new Error('Too many subscriptions'))
  vi.advanceTimersByTime(2000)
  expect(onGap).toHaveBeenCalledTimes(1)
  fake.sinks.at(-1)?.fail(new Error('Too many subscriptions'))
  vi.advanceTimersByTime(3999)
  expect(onGap).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  expect(onGap).toHaveBeenCalledTimes(2)
})

it('nothing is delivered after the end', () => {
  const fake = createFakeSockets()
  const { stop, deliveries } = follow(fake)
  fake.sinks[0]?.next({ number: 1 })
  stop()
  vi.advanceTimersByTime(1000)
  expect(deliveries).toEqual([])
})
