import { z } from 'zod'
import type { PubSub } from '../kernel/ports.ts'

interface SessionEndsOptions {
  pubsub: PubSub
  /** Returns those of the sessions that still exist. */
  findOpen: (idHashes: string[]) => Promise<string[]>
  /** Called before the listeners of the session. */
  onEnded: (idHash: string) => void
  /** Interval at which the sessions of open connections are read again, since a message can be lost; 30 s by default. */
  checkIntervalMs?: number
}

export interface SessionEnds {
  /** Resolves once the ends that other processes publish from now on are noticed, or if pub/sub is unavailable. */
  follow(): Promise<void>
  /** Tells all processes that a session has ended; this one at once. */
  publish(idHash: string): void
  /** Calls back when the session ends by a sign-out. Returns a function that removes the listener. */
  listen(idHash: string, listener: () => void): () => void
}

const channel = 'session-ends'
const message = z.object({ idHash: z.string() })

/** Creates the news of ended sessions, for the connections that they have opened in any process. */
export const createSessionEnds = (options: SessionEndsOptions): SessionEnds => {
  const { pubsub, findOpen, onEnded, checkIntervalMs = 30_000 } = options
  const listeners = new Map<string, Set<() => void>>()
  let following: Promise<unknown> | null = null
  let checkTimer: NodeJS.Timeout | undefined

  const notify = (idHash: string): void => {
    onEnded(idHash)
    for (const listener of [...(listeners.get(idHash) ?? [])]) listener()
  }

  /** Reads the sessions of all open connections by one statement. */
  const check = async (): Promise<void> => {
    const idHashes = [...listeners.keys()]
    if (idHashes.length === 0) return
    const open = new Set(await findOpen(idHashes))
    for (const idHash of idHashes) if (!open.has(idHash)) notify(idHash)
  }
  // A database that does not answer says nothing about a session; the next check reads it.
  const checkSafely = (): void => void check().catch(() => undefined)

  const follow = async (): Promise<void> => {
    following ??= pubsub.subscribe(channel, (received) => {
      const parsed = message.safeParse(received)
      if (parsed.success) notify(parsed.data.idHash)
    })
    await following.catch(() => {
      following = null
    })
  }
  pubsub.onReconnect(checkSafely)

  return {
    follow,
    publish(idHash) {
      notify(idHash)
      pubsub.publish(channel, { idHash })
    },
    listen(idHash, listener) {
      const ofSession = listeners.get(idHash) ?? new Set()
      listeners.set(idHash, ofSession.add(listener))
      checkTimer ??= setInterval(checkSafely, checkIntervalMs).unref()
      return () => {
        ofSession.delete(listener)
        if (ofSession.size === 0 && listeners.get(idHash) === ofSession) listeners.delete(idHash)
        if (listeners.size > 0) return
        clearInterval(checkTimer)
        checkTimer = undefined
      }
    },
  }
}
