import type { Prisma } from '../../../prisma/generated/client/client.ts'
import { Refusal, UnavailableError } from '../kernel/errors.ts'
import type { Database } from '../kernel/ports.ts'
import { createChangeConditions } from './changeConditions.ts'
import { toChangeEvent } from './changeEvent.ts'
import type { SharedTopic } from './changeShares.ts'
import { readMembers } from './changeStatements.ts'
import type { ChangeStream } from './changeStream.ts'
import { createChangeStreams } from './changeStreams.ts'
import { createChangeWindow } from './changeWindow.ts'
import type { ParsedFilter } from './filter.ts'
import { createMemberSet } from './memberSet.ts'
import { createReadTimes } from './readTimes.ts'

/** Time in which a check may see the effect of a moved folder or resource that a read of the members has yet to find. */
const moveDelayMs = 10_000

/** A filter that is followed in this process, with the ids of the media that match it; shared by its subscribers. */
export interface ChangeTopic extends SharedTopic {
  /** Id of the user who followed it first. */
  ownerId: string
  /** Settles with the first read of the members. */
  ready: PromiseWithResolvers<void>
  isReady(): boolean
  /** Whether the members have to be read now. */
  isReadDue(): boolean
  lastReadMs(): number
  /** Reads the members, and reports those that entered or left. */
  read(): Promise<void>
  /** Whether the words of its search have to be looked up now. */
  isRenewalDue(): boolean
  /** Looks up the words of its search. If its conditions are others than before, all members are read again. */
  renew(): Promise<void>
  /** Announces that rows of a table have changed, on which other media than those named in the log may depend. */
  expire(table: string): void
  hasSearch: boolean
  /** Announces that searches may have other words. */
  expireWords(): void
  /** Conditions to check media by. */
  conditions(): Prisma.Sql | null
  /** Media that changed while the members were read, which may have missed the change; `isRead` if not for the first time. */
  uncheckedIds: Map<string, { isRead: boolean }>
  /**
   * Tells which of the media with these ids match, after they have changed. The repeated ones may have matched in between, so
   * that a client has listed them: their removal is reported, too.
   */
  update(ids: readonly string[], matchingIds: ReadonlySet<string>, repeatedIds: ReadonlySet<string>): void
  /** Adds a subscriber. The topic closes when the last one has left. */
  addStream(userId: string): ChangeStream
  close(): void
}

interface ChangeTopicOptions {
  database: Database
  filter: ParsedFilter
  ownerId: string
  /** Throws if there is no memory for the members of this filter. */
  refuseMembers(): void
  onClose(): void
}

const unreadableError = (cause: unknown) =>
  new UnavailableError('The media of this filter cannot be read at present. Subscribe again later.', 30, { cause })
const manyChangesError = () =>
  new UnavailableError('Too many media changed at once. Subscribe again, then list the media again.', 1)

export const createChangeTopic = (options: ChangeTopicOptions): ChangeTopic => {
  const { database, filter, ownerId, refuseMembers, onClose } = options
  const members = createMemberSet()
  const streams = createChangeStreams(onClose)
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined) // subscribers await it
  const times = createReadTimes()
  const uncheckedIds = new Map<string, { isRead: boolean }>()
  let [hasMembers, isReady, isClosed] = [false, false, false]
  let lastMoveMs = Number.NEGATIVE_INFINITY
  const conditions = createChangeConditions({ database, filter, onChange: times.expire })
  const dependsOn = (text: string): boolean => conditions.current()?.sql.includes(text) === true
  /** Whether media may match before the log names them: by their age, by the start of a conversion or by a move. */
  const entersUnnamed = (): boolean =>
    dependsOn('now()') || dependsOn('"Rendition"') || performance.now() - lastMoveMs < moveDelayMs

  const fail = (error: Error): void => {
    ready.reject(error)
    streams.fail(error)
  }

  const changeWindow = createChangeWindow({
    isMember: members.has,
    emit(changes) {
      streams.push(toChangeEvent(database, filter.trashed, changes))
    },
    onOverflow: () => fail(manyChangesError()),
  })

  const readAll = async (): Promise<void> => {
    await conditions.renew()
    // A change from here on makes the read stale again.
    times.begin()
    const ids = await readMembers(database, filter)
    if (isClosed) return
    const differingIds = isReady ? members.replace(ids) : []
    if (!isReady) members.assign(ids)
    hasMembers = true
    for (const id of differingIds) changeWindow.note(id, !members.has(id), members.has(id))
    refuseMembers()
  }

  return {
    ownerId,
    ready,
    uncheckedIds,
    hasSearch: filter.search != null,
    isReady: () => isReady,
    memberCount: () => (hasMembers ? members.size() : null),
    isFollowedBy: streams.isFollowedBy,
    isReadDue: () => times.isDue(dependsOn('now()')),
    lastReadMs: times.lastMs,

    async read() {
      times.begin()
      try {
        await readAll()
        times.succeed()
      } catch (error) {
        const isLast = times.fail() || !isReady || error instanceof Refusal
        if (isLast) fail(error instanceof Refusal ? error : unreadableError(error))
        throw error
      }
      if (isReady || isClosed) return
      isReady = true
      streams.start()
      ready.resolve()
    },

    isRenewalDue: conditions.isRenewalDue,
    renew: conditions.renew,
    conditions: conditions.current,
    expireWords: conditions.expire,

    expire(table) {
      if (!dependsOn(`"${table}"`)) return
      times.expire()
      lastMoveMs = performance.now()
    },

    update(ids, matchingIds, repeatedIds) {
      if (isClosed) return
      const mayAllHaveMatched = entersUnnamed()
      for (const id of ids) {
        const wasMember = members.has(id)
        members.set(id, matchingIds.has(id))
        changeWindow.note(id, wasMember, mayAllHaveMatched || matchingIds.has(id) || repeatedIds.has(id))
      }
    },

    addStream(userId) {
      const stream = streams.add(userId)
      if (isReady) stream.push([])
      return stream
    },

    close() {
      isClosed = true
      changeWindow.close()
      ready.reject(new UnavailableError('The list is not followed any more. Subscribe again.', 1))
      streams.end()
    },
  }
}
