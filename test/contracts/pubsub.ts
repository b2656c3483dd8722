import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PubSub } from '../../src/services/kernel/ports.ts'
import { type HeardLog, hearingLog } from '../harness/logSpy.ts'

export interface OpenPubSub {
  /** Two ends that must reach each other: of two processes, where the adapter can do that. */
  near: PubSub
  far: PubSub
  close(): Promise<void>
}

/** Collects messages; `until` resolves once so many have come. */
export const listening = () => {
  const messages: unknown[] = []
  let look: () => void = () => {}
  return {
    messages,
    listener(message: unknown): void {
      messages.push(message)
      look()
    },
    until: (count: number): Promise<unknown[]> =>
      new Promise((resolve) => {
        look = () => {
          if (messages.length >= count) resolve(messages)
        }
        look()
      }),
  }
}

/** What every pub/sub promises, whatever it is made of. */
export const pubSubContract = (name: string, open: (log: HeardLog) => Promise<OpenPubSub>): void => {
  describe(`${name} pub/sub`, () => {
    const heardLog = hearingLog()
    let opened: OpenPubSub
    let near: PubSub
    let far: PubSub

    beforeAll(async () => {
      opened = await open(heardLog)
      ;({ near, far } = opened)
    })
    afterAll(() => opened?.close())

    const listeningAtBothEnds = async (channel: string) => {
      const [one, two] = [listening(), listening()]
      await far.subscribe(channel, one.listener)
      await near.subscribe(channel, two.listener)
      return [one, two] as const
    }

    test('delivers what is published after the subscription, in order, to every listener', async () => {
      const channel = randomUUID()
      const [one, two] = await listeningAtBothEnds(channel)
      for (let count = 0; count < 100; count++) near.publish(channel, { count })
      const expected = Array.from({ length: 100 }, (_, count) => ({ count }))
      expect(await one.until(100)).toEqual(expected)
      expect(await two.until(100)).toEqual(expected)
    })

    test('delivers to subscribers of the same channel that come at the same time', async () => {
      const channel = randomUUID()
      const all = Array.from({ length: 10 }, listening)
      await Promise.all(all.map(({ listener }) => far.subscribe(channel, listener)))
      near.publish(channel, 1)
      for (const { until } of all) expect(await until(1)).toEqual([1])
    })

    test('keeps channels apart', async () => {
      const [channel, other] = [randomUUID(), randomUUID()]
      const heard = listening()
      await far.subscribe(channel, heard.listener)
      near.publish(other, 'not for you')
      near.publish(channel, 'for you')
      expect(await heard.until(1)).toEqual(['for you'])
    })

    test('carries JSON, and never the very object', async () => {
      const channel = randomUUID()
      const [one, two] = await listeningAtBothEnds(channel)
      const message = { text: 'Grüße', list: [1, null, true], at: new Date(0), absent: undefined }
      near.publish(channel, message)
      await Promise.all([one.until(1), two.until(1)])
      expect(one.messages).toEqual([{ text: 'Grüße', list: [1, null, true], at: '1970-01-01T00:00:00.000Z' }])
      expect(one.messages[0]).not.toBe(two.messages[0])
    })

    test('delivers nothing any more to whoever has left, who may leave twice; the others stay', async () => {
      const channel = randomUUID()
      const [gone, stays] = [listening(), listening()]
      const leave = await far.subscribe(channel, gone.listener)
      await far.subscribe(channel, stays.listener)
      leave()
      leave()
      near.publish(channel, 1)
      expect(await stays.until(1)).toEqual([1])
      expect(gone.messages).toEqual([])
    })

    test('can be joined again after the last has left', async () => {
      const channel = randomUUID()
      const [first, second] = [listening(), listening()]
      const leave = await far.subscribe(channel, first.listener)
      leave()
      await far.subscribe(channel, second.listener)
      near.publish(channel, 1)
      expect(await second.until(1)).toEqual([1])
      expect(first.messages).toEqual([])
    })

    test('publishes without waiting for its listeners', async () => {
      const channel = randomUUID()
      const heard = listening()
      await near.subscribe(channel, heard.listener)
      near.publish(channel, 1)
      expect(heard.messages).toEqual([])
      expect(await heard.until(1)).toEqual([1])
    })

    test('a listener that fails harms neither the publisher nor the others', async () => {
      const channel = randomUUID()
      const heard = listening()
      await far.subscribe(channel, () => {
        throw new Error('on purpose')
      })
      await far.subscribe(channel, heard.listener)
      near.publish(channel, 1)
      near.publish(channel, 2)
      expect(await heard.until(2)).toEqual([1, 2])
      expect(heardLog.heard).toContain('A listener failed.')
    })
  })
}
