import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PubSub } from '../../src/services/kernel/ports.ts'
import { createLogSpy, type LogSpy } from '../harness/logSpy.ts'

export interface PubSubPair {
  /** Two ends that must reach each other, in two processes if the adapter supports that. */
  local: PubSub
  remote: PubSub
  close(): Promise<void>
}

/** Collects messages; `until` resolves once `count` messages have arrived. */
export const createMessageCollector = () => {
  const messages: unknown[] = []
  let check: () => void = () => {}
  return {
    messages,
    listener(message: unknown): void {
      messages.push(message)
      check()
    },
    until: (count: number): Promise<unknown[]> =>
      new Promise((resolve) => {
        check = () => {
          if (messages.length >= count) resolve(messages)
        }
        check()
      }),
  }
}

/** Contract of every pub/sub adapter. */
export const pubSubContract = (name: string, open: (log: LogSpy) => Promise<PubSubPair>): void => {
  describe(`${name} pub/sub`, () => {
    const logSpy = createLogSpy()
    let pair: PubSubPair
    let local: PubSub
    let remote: PubSub

    beforeAll(async () => {
      pair = await open(logSpy)
      ;({ local, remote } = pair)
    })
    afterAll(() => pair?.close())

    const collectAtBothEnds = async (channel: string) => {
      const [one, two] = [createMessageCollector(), createMessageCollector()]
      await remote.subscribe(channel, one.listener)
      await local.subscribe(channel, two.listener)
      return [one, two] as const
    }

    test('delivers messages published after the subscription to every listener in order', async () => {
      const channel = randomUUID()
      const [one, two] = await collectAtBothEnds(channel)
      for (let count = 0; count < 100; count++) local.publish(channel, { count })
      const expected = Array.from({ length: 100 }, (_, count) => ({ count }))
      expect(await one.until(100)).toEqual(expected)
      expect(await two.until(100)).toEqual(expected)
    })

    test('delivers to listeners that subscribe to one channel concurrently', async () => {
      const channel = randomUUID()
      const all = Array.from({ length: 10 }, createMessageCollector)
      await Promise.all(all.map(({ listener }) => remote.subscribe(channel, listener)))
      local.publish(channel, 1)
      for (const { until } of all) expect(await until(1)).toEqual([1])
    })

    test('delivers no messages of other channels', async () => {
      const [channel, other] = [randomUUID(), randomUUID()]
      const collector = createMessageCollector()
      await remote.subscribe(channel, collector.listener)
      local.publish(other, 'not for you')
      local.publish(channel, 'for you')
      expect(await collector.until(1)).toEqual(['for you'])
    })

    test('delivers a JSON copy of the message to each listener', async () => {
      const channel = randomUUID()
      const [one, two] = await collectAtBothEnds(channel)
      const message = { text: 'Grüße', list: [1, null, true], at: new Date(0), absent: undefined }
      local.publish(channel, message)
      await Promise.all([one.until(1), two.until(1)])
      expect(one.messages).toEqual([{ text: 'Grüße', list: [1, null, true], at: '1970-01-01T00:00:00.000Z' }])
      expect(one.messages[0]).not.toBe(two.messages[0])
    })

    test('delivers nothing to a listener that has unsubscribed', async () => {
      const channel = randomUUID()
      const [former, current] = [createMessageCollector(), createMessageCollector()]
      const unsubscribe = await remote.subscribe(channel, former.listener)
      await remote.subscribe(channel, current.listener)
      unsubscribe()
      local.publish(channel, 1)
      expect(await current.until(1)).toEqual([1])
      expect(former.messages).toEqual([])
    })

    test('keeps the other listeners of a channel if one unsubscribes twice', async () => {
      const channel = randomUUID()
      const [former, current] = [createMessageCollector(), createMessageCollector()]
      const unsubscribe = await remote.subscribe(channel, former.listener)
      await remote.subscribe(channel, current.listener)
      unsubscribe()
      unsubscribe()
      local.publish(channel, 1)
      expect(await current.until(1)).toEqual([1])
      expect(former.messages).toEqual([])
    })

    test('delivers to a channel that was resubscribed after its last listener left', async () => {
      const channel = randomUUID()
      const [first, second] = [createMessageCollector(), createMessageCollector()]
      const unsubscribe = await remote.subscribe(channel, first.listener)
      unsubscribe()
      await remote.subscribe(channel, second.listener)
      local.publish(channel, 1)
      expect(await second.until(1)).toEqual([1])
      expect(first.messages).toEqual([])
    })

    test('publishes without waiting for its listeners', async () => {
      const channel = randomUUID()
      const collector = createMessageCollector()
      await local.subscribe(channel, collector.listener)
      local.publish(channel, 1)
      expect(collector.messages).toEqual([])
      expect(await collector.until(1)).toEqual([1])
    })

    test('isolates the publisher and other listeners from a listener that throws', async () => {
      const channel = randomUUID()
      const collector = createMessageCollector()
      await remote.subscribe(channel, () => {
        throw new Error('on purpose')
      })
      await remote.subscribe(channel, collector.listener)
      local.publish(channel, 1)
      local.publish(channel, 2)
      expect(await collector.until(2)).toEqual([1, 2])
      expect(logSpy.messages).toContain('Failed to run a pub/sub listener.')
    })
  })
}
