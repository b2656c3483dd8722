import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedisPubSub } from '../../../src/adapters/pubsub/redis.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { listening, pubSubContract } from '../../contracts/pubsub.ts'
import { hearingLog } from '../../harness/logSpy.ts'
import { command, startRedis, type TestRedis } from '../../harness/redis.ts'

const eventually = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve))
}

pubSubContract('redis', async ({ log }) => {
  const redis = await startRedis()
  const [near, far] = [createRedisPubSub({ url: redis.url, log }), createRedisPubSub({ url: redis.url, log })]
  // A publisher keeps nothing for later, so its connection has to be there before the first message.
  await eventually(async () => (await command(redis.url, 'CLIENT LIST')).split('\n').filter(Boolean).length >= 6)
  return {
    near,
    far,
    close: async () => {
      await Promise.all([near.close(), far.close()])
      await redis.stop()
    },
  }
})

describe('while Redis is away', () => {
  const { log, heard } = hearingLog()
  let redis: TestRedis
  let pubsub: PubSub

  beforeAll(async () => {
    redis = await startRedis()
    pubsub = createRedisPubSub({ url: redis.url, log, patienceMs: 100 })
  })
  afterAll(async () => {
    await pubsub.close()
    await redis.stop()
  })

  test('it is published silently, subscribed without hanging, and all flows again after its return', async () => {
    const [before, during, left] = [listening(), listening(), listening()]
    await pubsub.subscribe('before', before.listener)
    let restoredCount = 0
    const restored = new Promise<void>((resolve) => {
      pubsub.onRestored(() => {
        restoredCount++
        resolve()
      })
    })
    const stopListening = pubsub.onRestored(() => {
      throw new Error('on purpose')
    })
    const forgotten = pubsub.onRestored(() => before.listener('forgotten'))
    forgotten()

    await redis.stop()
    for (let count = 0; count < 1000; count++) pubsub.publish('before', { lost: count })
    await pubsub.subscribe('during', during.listener)
    const leave = await pubsub.subscribe('left', left.listener)
    leave()
    leave()
    expect(heard.filter((line) => line.startsWith('Redis is away'))).toHaveLength(1)

    const returnedAt = performance.now()
    await redis.start()
    await restored
    expect(performance.now() - returnedAt).toBeLessThan(5000)
    expect(restoredCount).toBe(1)
    stopListening()
    // What was published meanwhile did not pile up; what is published by others now arrives.
    await command(redis.url, 'PUBLISH before 1')
    await command(redis.url, 'PUBLISH during 2')
    await command(redis.url, 'PUBLISH left 3')
    expect(await before.until(1)).toEqual([1])
    expect(await during.until(1)).toEqual([2])
    expect(left.messages).toEqual([])
    expect(await command(redis.url, 'PUBSUB NUMSUB left')).toContain(':0')
  })

  test('its own messages flow again too, and a second outage is told again', async () => {
    const again = listening()
    await pubsub.subscribe('again', again.listener)
    await eventually(async () => {
      pubsub.publish('again', 'here')
      await command(redis.url, 'PING')
      return again.messages.length > 0
    })
    await redis.stop()
    await eventually(async () => heard.filter((line) => line.startsWith('Redis is away')).length === 2)
    await redis.start()
  })

  test('it can be closed, and says nothing of that', async () => {
    await redis.stop()
    const lines = heard.length
    const other = createRedisPubSub({ url: redis.url, log: hearingLog().log, patienceMs: 50 })
    const leave = await other.subscribe('never', () => {})
    await other.close()
    await other.close()
    leave()
    await pubsub.close()
    expect(heard.slice(lines).filter((line) => !line.startsWith('Redis is away'))).toEqual([])
  })
})
