import { expect, it, onTestFinished, vi } from 'vitest'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { createSessionEnds } from '../../../src/services/session/sessionEnds.ts'

/** Pub/sub that delivers nothing, as during an outage, and that the test can reconnect. */
const createLostPubSub = () => {
  const reconnectListeners = new Set<() => void>()
  const pubsub: PubSub = {
    publish: () => undefined,
    subscribe: async () => () => undefined,
    onReconnect(listener) {
      reconnectListeners.add(listener)
      return () => reconnectListeners.delete(listener)
    },
    close: async () => undefined,
  }
  const reconnect = () => {
    for (const listener of reconnectListeners) listener()
  }
  return { pubsub, reconnect }
}

const createEnds = (checkIntervalMs?: number) => {
  const { pubsub, reconnect } = createLostPubSub()
  const open = new Set(['a', 'b'])
  const findOpen = vi.fn(async (idHashes: string[]) => idHashes.filter((idHash) => open.has(idHash)))
  const ends = createSessionEnds({ pubsub, findOpen, onEnded: () => undefined, checkIntervalMs })
  return { ends, open, findOpen, reconnect }
}

/** Listens to a session. Resolves once its end is noticed. */
const waitForEnd = (ends: ReturnType<typeof createEnds>['ends'], idHash: string) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  onTestFinished(ends.listen(idHash, resolve))
  return promise
}

it('the end of a session is noticed at an interval if its message was lost', async () => {
  const { ends, open } = createEnds(5)
  const end = waitForEnd(ends, 'a')
  open.delete('a')
  await end
})

it('the end of a session is noticed after a reconnection if its message was lost', async () => {
  const { ends, open, reconnect } = createEnds()
  const end = waitForEnd(ends, 'a')
  open.delete('a')
  reconnect()
  await end
})

it('all sessions are checked by one statement', async () => {
  const { ends, open, findOpen, reconnect } = createEnds()
  const notice = [waitForEnd(ends, 'a'), waitForEnd(ends, 'b')]
  open.clear()
  reconnect()
  await Promise.all(notice)
  expect(findOpen.mock.calls).toEqual([[['a', 'b']]])
})

it('the listeners of other sessions are not called', async () => {
  const { ends } = createEnds()
  const other = vi.fn()
  onTestFinished(ends.listen('b', other))
  const end = waitForEnd(ends, 'a')
  ends.publish('a')
  await end
  expect(other).not.toHaveBeenCalled()
})

it('sessions without listeners are not read', async () => {
  const { ends, findOpen, reconnect } = createEnds()
  ends.listen('a', () => undefined)()
  reconnect()
  expect(findOpen).not.toHaveBeenCalled()
})
