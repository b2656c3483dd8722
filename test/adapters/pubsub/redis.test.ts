import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedisPubSub } from '../../../src/adapters/pubsub/redis.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { createMessageCollector, pubSubContract } from '../../contracts/pubsub.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { sendCommand, startRedis, type TestRedis } from '../../harness/redis.ts'

const waitUntil = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve))
}

pubSubContract('redis', async ({ log }) => {
  const redis = await startRedis()
  const [local, remote] = [createRedisPubSub({ url: redis.url, log }), createRedisPubSub({ url: redis.url, log })]
  // A publisher keeps nothing for later, so its connection has to be there before the first message.
  await waitUntil(async () => (await sendCommand(redis.url, 'CLIENT LIST')).split('\n').filter(Boolean).length >= 6)
  return {
    local,
    remote,
    close: async () => {
      await Promise.all([local.close(), remote.close()])
      await redis.stop()
    },
  }
})

describe('while Redis is away', () => {
  const { log, messages } = createLogSpy()
  let redis: TestRedis
  let pubsub: PubSub

  beforeAll(async () => {
    redis = await startRedis()
    pubsub = createRedisPubSub({ url: redis.url, log, subscribeTimeoutMs: 100 })
  })
  afterAll(async () => {
    await pubsub.close()
    await redis.stop()
  })

  test('it is published silently, subscribed without hanging, and all flows again after its return', async () => {
    const [before, during, left] = [createMessageCollector(), createMessageCollector(), createMessageCollector()]
    await pubsub.subscribe('before', before.listener)
    let restoredCount = 0
    const restored = new Promise<void>((resolve) => {
      pubsub.onReconnect(() => {
        restoredCount++
        resolve()
      })
    })
    const stopListening = pubsub.onReconnect(() => {
      throw new Error('on purpose')
    })
    const unsubscribeRestored = pubsub.onReconnect(() => before.listener('forgotten'))
    unsubscribeRestored()

    await redis.stop()
    for (let count = 0; count < 1000; count++) pubsub.publish('before', { lost: count })
    await pubsub.subscribe('during', during.listener)
    const unsubscribe = await pubsub.subscribe('left', left.listener)
    unsubscribe()
    unsubscribe()
    expect(messages.filter((line) => line.startsWith('Redis is away'))).toHaveLength(1)

    const returnedAt = performance.now()
    await redis.start()
    await restored
    expect(performance.now() - returnedAt).toBeLessThan(5000)
    expect(restoredCount).toBe(1)
    stopListening()
    // What was published meanwhile did not pile up; what is published by others now arrives.
    await sendCommand(redis.url, 'PUBLISH before 1')
    await sendCommand(redis.url, 'PUBLISH during 2')
    await sendCommand(redis.url, 'PUBLISH left 3')
    expect(await before.until(1)).toEqual([1])
    expect(await during.until(1)).toEqual([2])
    expect(left.messages).toEqual([])
    expect(await sendCommand(redis.url, 'PUBSUB NUMSUB left')).toContain(':0')
  })

  test('its own messages flow again too, and a second outage is told again', async () => {
    const again = createMessageCollector()
    await pubsub.subscribe('again', again.listener)
    await waitUntil(async () => {
      pubsub.publish('again', 'here')
      await sendCommand(redis.url, 'PING')
      return again.messages.length > 0
    })
    await redis.stop()
    await waitUntil(async () => messages.filter((line) => line.startsWith('Redis is away')).length === 2)
    await redis.start()
  })

  test('it can be closed, and says nothing of that', async () => {
    await redis.stop()
    const lines = messages.length
    const other = createRedisPubSub({ url: redis.url, log: createLogSpy().log, subscribeTimeoutMs: 50 })
    const unsubscribe = await other.subscribe('never', () => {})
    await other.close()
    await other.close()
    unsubscribe()
    await pubsub.close()
    expect(messages.slice(lines).filter((line) => !line.startsWith('Redis is away'))).toEqual([])
  })
})
