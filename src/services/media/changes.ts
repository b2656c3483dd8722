import type { EventLog } from '../event/eventLog.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { Database, Logger } from '../kernel/ports.ts'
import { type ChangedMedia, followChangedMedia } from './changedMedia.ts'
import type { LibraryChange } from './changeEvent.ts'
import { type ChangeLimits, createChangeShares } from './changeShares.ts'
import { type ChangeTopic, createChangeTopic } from './changeTopic.ts'
import { createChangeWork } from './changeWork.ts'
import { type MediaFilter, type ParsedFilter, parseCallersFilter } from './filter.ts'

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
  limits?: Partial<ChangeLimits>
}

const keyOf = (filter: ParsedFilter): string =>
  JSON.stringify(
    Object.entries(filter)
      .filter(([, value]) => value != null)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  )

export const createLibraryChanges = ({ database, eventLog, log, limits }: LibraryChangesOptions): LibraryChanges => {
  const topics = new Map<string, ChangeTopic>()
  const shares = createChangeShares(() => [...topics.values()], limits)
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
      onConverted: work.addConverted,
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

  const openTopic = (key: string, filter: ParsedFilter, ownerId: string): ChangeTopic => {
    shares.refuseMembers()
    const onClose = (): void => removeTopic(key, topic)
    const topic = createChangeTopic({ database, filter, ownerId, refuseMembers: shares.refuseMembers, onClose })
    topics.set(key, topic)
    return topic
  }

  return {
    async subscribe(actor, args) {
      const filter = parseCallersFilter(actor, args.filter)
      const key = keyOf(filter)
      const userId = actorId(actor) ?? 'system'
      if (topics.get(key)?.isFollowedBy(userId) !== true) shares.refuseTooMany(userId)
      const topic = topics.get(key) ?? openTopic(key, filter, userId)
      const stream = topic.addStream(userId)
      try {
        await follow()
        work.wake()
        await topic.ready.promise
        shares.refuseShare(userId)
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
