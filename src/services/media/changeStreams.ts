import type { LibraryChange } from './changeEvent.ts'
import { type ChangeStream, createChangeStream } from './changeStream.ts'

/** Subscribers of one filter. */
export interface ChangeStreams {
  add(userId: string): ChangeStream
  isFollowedBy(userId: string): boolean
  push(event: readonly LibraryChange[]): void
  /** Pushes a first event to each of them. */
  start(): void
  fail(error: Error): void
  end(): void
}

/** Creates a set of streams that calls `onEmpty` when the last one has ended. */
export const createChangeStreams = (onEmpty: () => void): ChangeStreams => {
  const streams = new Set<ChangeStream>()
  const countsByUser = new Map<string, number>()

  const count = (userId: string, step: 1 | -1): void => {
    const next = (countsByUser.get(userId) ?? 0) + step
    if (next === 0) countsByUser.delete(userId)
    else countsByUser.set(userId, next)
  }

  return {
    add(userId) {
      const stream = createChangeStream(() => {
        streams.delete(stream)
        count(userId, -1)
        if (streams.size === 0) onEmpty()
      })
      streams.add(stream)
      count(userId, 1)
      return stream
    },
    isFollowedBy: (userId) => countsByUser.has(userId),
    push(event) {
      for (const stream of [...streams]) stream.push(event)
    },
    start() {
      // Shared results hang on events: one event for all subscribers would keep those of all who left.
      for (const stream of streams) stream.push([])
    },
    fail(error) {
      for (const stream of [...streams]) stream.fail(error)
    },
    end() {
      for (const stream of [...streams]) stream.end()
    },
  }
}
