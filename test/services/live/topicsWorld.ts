import { onTestFinished } from 'vitest'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import type { LiveEvent } from '../../../src/services/live/topic.ts'
import { createTopics, type Topics } from '../../../src/services/live/topics.ts'
import { countSubscriptions, createLibrary, log, type Row } from './library.ts'

/** Opens topics over a library in memory; they are closed after the test. */
export const setUp = (reconcileIntervalMs = 60_000) => {
  const library = createLibrary()
  const countedPubSub = countSubscriptions(createMemoryPubSub({ log }))
  const topics = createTopics(library.source, { pubsub: countedPubSub.pubsub, log, reconcileIntervalMs })
  onTestFinished(() => topics.close())
  return {
    ...library,
    ...countedPubSub,
    topics,
    publish: (id: string, message: unknown) => countedPubSub.pubsub.publish(`thing:${id}`, message),
  }
}

type Events = AsyncIterableIterator<LiveEvent<Row>>

export const subscribe = async (topics: Topics<Row>, ...ids: string[]): Promise<Events> => {
  const events = await topics.subscribe(ids)
  if (events === null) throw new Error('not found')
  return events
}

export const collect = async (events: Events): Promise<Row[]> => {
  const rows: Row[] = []
  for await (const event of events) rows.push(await event.read({}))
  return rows
}

/** Waits until the callbacks that are due have run. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Moves all parts of an object to their last status, with a message for each change. */
export const finish = async ({ change, publish }: ReturnType<typeof setUp>, id: string) => {
  for (const index of [0, 1])
    for (let message = change(id, index, false); message !== null; message = change(id, index, false))
      publish(id, message)
}
