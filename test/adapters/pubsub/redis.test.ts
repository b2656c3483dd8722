import { it as base, describe, expect } from 'vitest'
import { createRedisPubSub } from '../../../src/adapters/pubsub/redis.ts'
import { createMessageCollector, pubSubContract } from '../../contracts/pubsub.ts'
import { createLogSpy, type LogSpy } from '../../harness/logSpy.ts'
import { sendCommand, startRedis } from '../../harness/redis.ts'

const waitUntil = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve))
}

pubSubContract('redis', async ({ log }) => {
  const redis = await startRedis()
  const [local, remote] = [createRedisPubSub({ url: redis.url, log }), createRedisPubSub({ url: redis.url, log })]
  // A publisher queues no messages, so it must be connected before the first one.
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

const outageMessage = 'Failed to reach Redis'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('redis', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(redis.stop)
    return redis
  })
  .extend('logSpy', { scope: 'file' }, () => createLogSpy())
  .extend('pubsub', { scope: 'file' }, async ({ redis, logSpy }, { onCleanup }) => {
    const pubsub = createRedisPubSub({ url: redis.url, log: logSpy.log, subscribeTimeoutMs: 100 })
    onCleanup(() => pubsub.close())
    return pubsub
  })

/** Returns the messages about outages so far. */
const outagesIn = ({ messages }: LogSpy) => messages.filter((line) => line.startsWith(outageMessage))

describe('pub/sub through an outage of Redis', () => {
  it('delivers to all subscribers once Redis is back', async ({ redis, logSpy, pubsub }) => {
    const [before, during, former] = [createMessageCollector(), createMessageCollector(), createMessageCollector()]
    await pubsub.subscribe('before', before.listener)
    let reconnectionCount = 0
    const reconnection = new Promise<void>((resolve) => {
      pubsub.onReconnect(() => {
        reconnectionCount++
        resolve()
      })
    })
    const stopListening = pubsub.onReconnect(() => {
      throw new Error('intended')
    })
    const removeListener = pubsub.onReconnect(() => before.listener('from a removed listener'))
    removeListener()

    await redis.stop()
    for (let count = 0; count < 1000; count++) pubsub.publish('before', { lost: count })
    await pubsub.subscribe('during', during.listener)
    const unsubscribe = await pubsub.subscribe('former', former.listener)
    unsubscribe()
    unsubscribe()
    expect(outagesIn(logSpy)).toHaveLength(1)

    const startedAt = performance.now()
    await redis.start()
    await reconnection
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(reconnectionCount).toBe(1)
    stopListening()
    // Messages of the outage were not queued; messages that others publish now arrive.
    await sendCommand(redis.url, 'PUBLISH before 1')
    await sendCommand(redis.url, 'PUBLISH during 2')
    await sendCommand(redis.url, 'PUBLISH former 3')
    expect(await before.until(1)).toEqual([1])
    expect(await during.until(1)).toEqual([2])
    expect(former.messages).toEqual([])
    expect(await sendCommand(redis.url, 'PUBSUB NUMSUB former')).toContain(':0')
  })

  it('publishes again once Redis is back', async ({ redis, pubsub }) => {
    const again = createMessageCollector()
    await pubsub.subscribe('again', again.listener)
    await waitUntil(async () => {
      pubsub.publish('again', 'here')
      await sendCommand(redis.url, 'PING')
      return again.messages.length > 0
    })
  })

  it('logs every outage once', async ({ redis, logSpy }) => {
    const previousCount = outagesIn(logSpy).length
    await redis.stop()
    await waitUntil(async () => outagesIn(logSpy).length === previousCount + 1)
    await redis.start()
  })

  it('can be closed during an outage without a log line', async ({ redis, logSpy, pubsub }) => {
    await redis.stop()
    const lineCount = logSpy.messages.length
    const other = createRedisPubSub({ url: redis.url, log: createLogSpy().log, subscribeTimeoutMs: 50 })
    const unsubscribe = await other.subscribe('never', () => {})
    await other.close()
    await other.close()
    unsubscribe()
    await pubsub.close()
    expect(logSpy.messages.slice(lineCount).filter((line) => !line.startsWith(outageMessage))).toEqual([])
  })
})
