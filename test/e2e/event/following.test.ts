import { setTimeout as sleep } from 'node:timers/promises'
import { print } from 'graphql'
import { describe, expect, vi } from 'vitest'
import { EventFeedDocument, FollowEventsDocument, type LogEntryFragment } from '../../../client/generated/documents.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { readEvents } from '../../server/serverWorld.ts'
import { openCluster } from './cluster.ts'

// Two API processes share one database and one Redis: subscribers of the log lose one of the processes, or Redis.

const it = base.extend('cluster', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
  const cluster = await openCluster(testDatabase)
  onCleanup(() => cluster.close())
  return cluster
})

const waitFor = (condition: () => boolean, timeout = 20_000) => vi.waitUntil(condition, { timeout, interval: 5 })

describe('a subscriber of the log', () => {
  it('continues at another server without a gap when its own server is killed', async ({ cluster }) => {
    const [first, second] = cluster.firstServers
    const visitedUrls: string[] = []
    const subscriber = cluster.followLog(() => {
      const server = first.isRunning ? first : cluster.findRunningServer()
      visitedUrls.push(server.url)
      return cluster.createServerClient(server)
    })
    let isWriting = true
    const write = async (): Promise<void> => {
      for (let n = 0; isWriting; n++) await cluster.create(second, `during-${n}.mp4`)
    }
    const writers = [write(), write()]
    await waitFor(() => subscriber.entries.length > 20)
    await cluster.kill(first)
    const previousCount = subscriber.entries.length
    await waitFor(() => subscriber.entries.length > previousCount + 20)
    isWriting = false
    await Promise.all(writers)
    await cluster.waitUntilNumbered()
    const all = await cluster.readChain()
    await waitFor(() => subscriber.entries.length >= all.length)
    expect(subscriber.ids()).toEqual(all)
    expect(new Set(visitedUrls).size).toBe(2)
  })

  it('receives the events after its cursor over server-sent events', async ({ cluster }) => {
    const server = cluster.findRunningServer()
    const { eventFeed } = await cluster.createServerClient(server).send(EventFeedDocument, { first: 5 })
    const after = eventFeed.endCursor
    const stream = new AbortController()
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${cluster.token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: print(FollowEventsDocument), variables: { after } }),
      signal: stream.signal,
    })
    await cluster.waitUntilNumbered()
    const missedCount = (await cluster.readChain()).length - 5
    const receivedIds: unknown[] = []
    let newUpload: Promise<string> | null = null
    for await (const { data } of readEvents(response)) {
      receivedIds.push((data?.['events'] as LogEntryFragment | undefined)?.id) // the only field of the query
      if (receivedIds.length === missedCount) newUpload = cluster.create(server, 'over-sse.mp4')
      if (receivedIds.length > missedCount) break
    }
    await newUpload
    stream.abort()
    expect(receivedIds).toEqual((await cluster.readChain()).slice(5))
  })

  it('receives events within 5 s while Redis is down or just restarted', async ({ cluster }) => {
    const server = await cluster.start()
    const writer = cluster.findRunningServer(server)
    const subscriber = cluster.followLog(() => cluster.createServerClient(server))
    await waitFor(() => subscriber.entries.length > 20)
    await cluster.redis.stop()
    const ids = [await cluster.create(writer, 'down-1.mp4'), await cluster.create(writer, 'down-2.mp4')]
    await waitFor(() => subscriber.entries.some(({ nodeId }) => nodeId === ids[1]), 5000)
    const unannouncedId = await cluster.create(writer, 'down-3.mp4')
    await cluster.redis.start()
    const startedAt = Date.now()
    await waitFor(() => subscriber.entries.some(({ nodeId }) => nodeId === unannouncedId), 5000)
    expect(Date.now() - startedAt).toBeLessThan(5000)
    await sleep(100)
    const laterId = await cluster.create(writer, 'restarted.mp4')
    await waitFor(() => subscriber.entries.some(({ nodeId }) => nodeId === laterId), 5000)
    await cluster.waitUntilNumbered()
    const all = await cluster.readChain()
    await waitFor(() => subscriber.entries.length >= all.length)
    expect(subscriber.ids()).toEqual(all)
  })
})
