import type { EventLog } from '../event/eventLog.ts'
import type { Actor } from '../kernel/actor.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import type { Database, Logger } from '../kernel/ports.ts'
import { type ChangedMedia, followChangedMedia } from './changedMedia.ts'
import type { LibraryChange } from './changeEvent.ts'
import { type ChangeTopic, createChangeTopic } from './changeTopic.ts'
import { createChangeWork } from './changeWork.ts'
import { type MediaFilter, type ParsedFilter, parseCallersFilter } from './filter.ts'

/** Memory that a filter takes besides its members, as a number of members. */
const membersPerTopic = 1000

/** Live lists: the media that enter, change within or leave a filter. */
export interface LibraryChanges {
  /**
   * Streams the changes without end. The first event is an empty list: no change after it is missed. Subscribers with equal
   * filters share all work.
   */
  subscribe(
    actor: Actor,
    args: { filter?: MediaFilter | null },
  ): Promise<AsyncIterableIterator<readonly LibraryChange[]>>
  close(): void
}

interface LibraryChangesOptions {
  database: Database
  eventLog: Pick<EventLog, 'follow' | 'readLastPosition'>
  log: Logger
  /** Maximum number of members of all followed filters, by default 64 MB. */
  maxMembers?: number
}

const keyOf = (filter: ParsedFilter): string =>
  JSON.stringify(
    Object.entries(filter)
      .filter(([, value]) => value != null)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  )

export const createLibraryChanges = ({
  database,
  eventLog,
  log,
  maxMembers = 4_000_000,
}: LibraryChangesOptions): LibraryChanges => {
  const topics = new Map<string, ChangeTopic>()
  let changedMedia: ChangedMedia | null = null
  let isFollowing = false
  // Members that were read before changes are followed could miss a change in between.
  const work = createChangeWork({ database, log, topics: () => (isFollowing ? [...topics.values()] : []) })

  const follow = async (): Promise<void> => {
    changedMedia ??= followChangedMedia({
      database,
      eventLog,
      log,
      onMedia: work.addChanged,
      onRow(table) {
        for (const topic of topics.values()) topic.expire(table)
        work.wake()
      },
      onTick: work.wake,
    })
    const current = changedMedia
    await current.ready
    if (changedMedia === current) isFollowing = true
  }

  const removeTopic = (key: string, topic: ChangeTopic): void => {
    if (topics.get(key) !== topic) return
    topics.delete(key)
    topic.close()
    if (topics.size > 0) return
    changedMedia?.stop()
    changedMedia = null
    isFollowing = false
  }

  const refuseTooMany = (): void => {
    const used = [...topics.values()].reduce((sum, topic) => sum + topic.memberCount() + membersPerTopic, 0)
    if (used > maxMembers)
      throw new RateLimitedError('Too many different lists are followed at present. Try again later.', 60)
  }

  const openTopic = (key: string, filter: ParsedFilter): ChangeTopic => {
    refuseTooMany()
    const topic = createChangeTopic({ database, filter, onClose: () => removeTopic(key, topic) })
    topics.set(key, topic)
    return topic
  }

  return {
    async subscribe(actor, args) {
      const filter = parseCallersFilter(actor, args.filter)
      const key = keyOf(filter)
      const topic = topics.get(key) ?? openTopic(key, filter)
      const stream = topic.addStream()
      try {
        await follow()
        work.wake()
        await topic.ready.promise
        return stream.iterator
      } catch (error) {
        stream.end()
        throw error
      }
    },

    close() {
      for (const [key, topic] of topics) removeTopic(key, topic)
    },
  }
}
