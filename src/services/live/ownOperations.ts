import type { Operation } from '../../../prisma/generated/client/client.ts'
import { newOperationMessage, newOperationsChannel } from '../kernel/messages.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { createEventBuffer } from './eventBuffer.ts'
import type { LiveEvent } from './topic.ts'
import type { Topics } from './topics.ts'

/** More than the duration of a request and the difference between the clocks of server and database. */
const slackMs = 300_000

/** The operations of one user, also those that are requested later. */
export interface OwnOperations {
  /** Streams the operations that are running now, then every change of theirs and of new ones; never ends by itself. */
  subscribe(userId: string): Promise<AsyncIterableIterator<LiveEvent<Operation>>>
  close(): void
}

interface OwnOperationsOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  operations: Topics<Operation>
  /** Interval at which new operations are looked for without a message, so that a lost one only delays an event. */
  reconcileIntervalMs: number
}

interface Subscriber {
  userId: string
  /** Follows operations, each unless it did before. */
  follow(operationIds: readonly string[]): void
}

const activeStatuses: readonly Operation['status'][] = ['QUEUED', 'RUNNING']

export const createOwnOperations = (options: OwnOperationsOptions): OwnOperations => {
  const { database, pubsub, log, operations, reconcileIntervalMs } = options
  const subscribers = new Set<Subscriber>()
  let reconciledAtMs = Date.now()

  /** Reads the unfinished operations of users, and those that were requested since the previous read or shortly before. */
  const readRecent = (userIds: readonly string[]) =>
    database.operation.findMany({
      where: {
        requestedById: { in: [...userIds] },
        OR: [{ status: { in: [...activeStatuses] } }, { createdAt: { gte: new Date(reconciledAtMs - slackMs) } }],
      },
      select: { id: true, requestedById: true, status: true },
      orderBy: { id: 'asc' },
    })

  const reconcile = async (): Promise<void> => {
    const startedAtMs = Date.now()
    const userIds = [...new Set([...subscribers].map(({ userId }) => userId))]
    const rows = userIds.length === 0 ? [] : await readRecent(userIds)
    reconciledAtMs = startedAtMs
    for (const { userId, follow } of subscribers)
      follow(rows.filter(({ requestedById }) => requestedById === userId).map(({ id }) => id))
  }

  const reconcileInBackground = (): void => {
    reconcile().catch((error: unknown) =>
      log.warn({ err: error }, 'Failed to look for new operations; retrying at the next interval.'),
    )
  }

  const createSubscriber = (userId: string) => {
    const knownIds = new Set<string>()
    const removers = new Set<() => void>()
    let isEnded = false
    const buffer = createEventBuffer<LiveEvent<Operation>>(() => {
      isEnded = true
      subscribers.delete(subscriber)
      for (const remove of removers) remove()
    })

    const listen = async (operationIds: readonly string[]): Promise<void> => {
      const endedIds = new Set<string>()
      let removersById: ReadonlyMap<string, () => void> = new Map()
      const release = (id: string): void => {
        const remove = removersById.get(id)
        if (remove === undefined) return
        removers.delete(remove)
        remove()
      }
      removersById = await operations.listen(operationIds, (id, update) => {
        if (update.liveEvent !== null) buffer.push(update.liveEvent, update.coalesce ? id : null)
        if (!update.hasEnded) return void endedIds.delete(id)
        endedIds.add(id)
        release(id)
      })
      for (const [id, remove] of removersById) {
        removers.add(remove)
        if (isEnded || endedIds.has(id)) release(id)
      }
    }

    const subscriber: Subscriber = {
      userId,
      follow(operationIds) {
        const newIds = operationIds.filter((id) => !knownIds.has(id))
        if (newIds.length === 0) return
        for (const id of newIds) knownIds.add(id)
        listen(newIds).catch((error: unknown) => {
          for (const id of newIds) knownIds.delete(id)
          log.warn({ err: error }, 'Failed to follow operations; retrying at the next interval.')
        })
      },
    }
    return { subscriber, buffer, removers, ignore: (operationId: string) => void knownIds.add(operationId) }
  }

  const timer = setInterval(reconcileInBackground, reconcileIntervalMs)
  timer.unref()
  const stopListening = pubsub.onReconnect(reconcileInBackground)

  return {
    async subscribe(userId) {
      const { subscriber, buffer, removers, ignore } = createSubscriber(userId)
      try {
        // Subscribe first, then read: an operation that is requested in between is announced.
        const unsubscribe = await pubsub.subscribe(newOperationsChannel(userId), (message) =>
          subscriber.follow([newOperationMessage.parse(message).id]),
        )
        removers.add(unsubscribe)
        const recent = await readRecent([userId])
        for (const { id, status } of recent) if (!activeStatuses.includes(status)) ignore(id)
        subscriber.follow(recent.map(({ id }) => id))
        subscribers.add(subscriber)
        return buffer.iterator
      } catch (error) {
        buffer.end()
        throw error
      }
    },
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}
