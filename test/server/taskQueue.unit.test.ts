import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openInbox } from '../../src/server/inbox.ts'
import { createTaskQueue, type TaskQueue } from '../../src/server/taskQueue.ts'

const spin = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('a task queue', () => {
  it('lets other work of the process run between tasks', async () => {
    const taskQueue = createTaskQueue()
    let doneCount = 0
    const all = new Promise<void>((resolve) => {
      for (let n = 0; n < 100; n++)
        taskQueue.add(() => {
          spin(1)
          doneCount += 1
          if (doneCount === 100) resolve()
        })
    })
    await sleep(0)
    expect(doneCount).toBeLessThan(100)
    await all
  })

  it('alternates between senders', async () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    const send = (name: string, count: number, onDone: () => void): void => {
      taskQueue.add(() => {
        order.push(name)
        if (count > 1) send(name, count - 1, onDone)
        else onDone()
      })
    }
    await Promise.all([
      new Promise<void>((resolve) => send('flood', 5, resolve)),
      new Promise<void>((resolve) => send('other', 2, resolve)),
    ])
    expect(order.slice(0, 4)).toEqual(['flood', 'other', 'flood', 'other'])
  })
})

/** Opens the inbox of a real connection. */
const openConnection = async (taskQueue: TaskQueue, handle: Parameters<typeof openInbox>[2]) => {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = new WebSocketServer({ server: http })
  const { port } = http.address() as AddressInfo // as: a TCP server has no other address
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const [[socket, request]] = await Promise.all([once(server, 'connection'), once(client, 'open')])
  onTestFinished(() => {
    client.terminate()
    http.close()
  })
  return { client, inbox: openInbox(socket, taskQueue, handle), connection: request.socket }
}

describe('an inbox', () => {
  it('does not read far ahead of what it handles', async () => {
    const { client, inbox, connection } = await openConnection({ add: () => {} }, () => {})
    for (let n = 0; n < 1000; n++) client.send('x'.repeat(100_000))
    await vi.waitFor(() => expect(inbox.isFull()).toBe(true))
    // An answered ping of another connection would prove nothing about this one: the bytes read so far do.
    const { client: other } = await openConnection(createTaskQueue(), () => {})
    other.ping()
    await once(other, 'pong')
    expect(connection.bytesRead).toBeLessThan(5_000_000)
  })

  it('handles every message in order', async () => {
    const handled: string[] = []
    const all = Promise.withResolvers<void>()
    const { client } = await openConnection(createTaskQueue(), (message) => {
      handled.push(message)
      if (handled.length === 1000) all.resolve()
    })
    const messages = Array.from({ length: 1000 }, (_, n) => `${n} ${'x'.repeat(2000)}`)
    for (const message of messages) client.send(message)
    await all.promise
    expect(handled).toEqual(messages)
  })

  it('notices after it was full that the client has disconnected', async () => {
    const tasks: (() => void)[] = []
    const { client, inbox, connection } = await openConnection({ add: (task) => void tasks.push(task) }, () => {})
    for (let n = 0; n < 100; n++) client.send('message')
    await vi.waitFor(() => expect(inbox.isFull()).toBe(true))
    const closeEvent = once(connection, 'close')
    client.terminate()
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
    await closeEvent
  })

  it('names the arrival of a message, however long others go ahead of it', async () => {
    const tasks: (() => void)[] = []
    const arrivals: number[] = []
    const { client } = await openConnection({ add: (task) => void tasks.push(task) }, (_, receivedAtMs) =>
      arrivals.push(receivedAtMs),
    )
    client.send('message')
    await vi.waitFor(() => expect(tasks).toHaveLength(1))
    const arrivedAtMs = performance.now()
    spin(50)
    for (const task of tasks) task()
    expect(arrivals[0]).toBeLessThanOrEqual(arrivedAtMs)
  })
})
