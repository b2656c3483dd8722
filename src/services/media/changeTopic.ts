import type { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { type LibraryChange, toChangeEvent } from './changeEvent.ts'
import { readMembers } from './changeStatements.ts'
import { type ChangeStream, createChangeStream } from './changeStream.ts'
import { createChangeWindow } from './changeWindow.ts'
import { type ParsedFilter, rowConditions } from './filter.ts'
import { createMemberSet } from './memberSet.ts'

/** Minimum time between two reads of all members. */
const minReadIntervalMs = 1000
/** Interval at which all members of a filter that depends on the time are read again. */
const timedReadIntervalMs = 60_000

/** A filter that is followed in this process, with the ids of the media that match it; shared by its subscribers. */
export interface ChangeTopic {
  /** Settles with the first read of the members. */
  ready: PromiseWithResolvers<void>
  isReady(): boolean
  memberCount(): number
  /** Whether the members have to be read now. */
  isReadDue(): boolean
  /** Reads the members, and reports those that entered or left. */
  read(): Promise<void>
  /** Announces that rows of a table have changed, on which other media than those named in the log may depend. */
  expire(table: string): void
  /** Returns the conditions to check media by. If they are others than before, all members are read again. */
  resolveConditions(): Promise<Prisma.Sql>
  /** Tells which of the media with these ids match, after they have changed. */
  update(ids: readonly string[], matchingIds: ReadonlySet<string>): void
  /** Adds a subscriber. The topic closes when the last one has left. */
  addStream(): ChangeStream
  close(): void
}

interface ChangeTopicOptions {
  database: Database
  filter: ParsedFilter
  onClose(): void
}

const toText = ({ sql, values }: Prisma.Sql): string => JSON.stringify([sql, values])

export const createChangeTopic = ({ database, filter, onClose }: ChangeTopicOptions): ChangeTopic => {
  const members = createMemberSet()
  const streams = new Set<ChangeStream>()
  /** Makes a first event. Shared results hang on events: one that all subscribers share would keep those of all who left. */
  const createStart = (): LibraryChange[] => []
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined) // subscribers await it
  let isReady = false
  let isStale = true
  let lastReadMs = Number.NEGATIVE_INFINITY
  let conditions: Prisma.Sql | null = null

  const changeWindow = createChangeWindow({
    isMember: members.has,
    emit(changes) {
      const event = toChangeEvent(database, filter.trashed, changes)
      for (const stream of [...streams]) stream.push(event)
    },
  })

  const resolveConditions = async (): Promise<Prisma.Sql> => {
    const next = await rowConditions(database, filter)
    if (conditions !== null && toText(conditions) !== toText(next)) isStale = true
    conditions = next
    return next
  }

  return {
    ready,
    isReady: () => isReady,
    memberCount: members.size,

    isReadDue() {
      const ageMs = performance.now() - lastReadMs
      const dependsOnTime = conditions?.sql.includes('now()') === true
      return isStale ? ageMs >= minReadIntervalMs : dependsOnTime && ageMs >= timedReadIntervalMs
    },

    async read() {
      lastReadMs = performance.now()
      await resolveConditions()
      // A change from here on makes the read stale again.
      isStale = false
      try {
        const differingIds = members.replace(await readMembers(database, filter))
        if (isReady) for (const id of differingIds) changeWindow.note(id, !members.has(id), members.has(id))
      } catch (error) {
        isStale = true
        throw error
      }
      if (isReady) return
      isReady = true
      for (const stream of streams) stream.push(createStart())
      ready.resolve()
    },

    expire(table) {
      if (conditions?.sql.includes(`"${table}"`) === true) isStale = true
    },

    resolveConditions,

    update(ids, matchingIds) {
      for (const id of ids) {
        const wasMember = members.has(id)
        members.set(id, matchingIds.has(id))
        changeWindow.note(id, wasMember, matchingIds.has(id))
      }
    },

    addStream() {
      const stream = createChangeStream(() => {
        streams.delete(stream)
        if (streams.size === 0) onClose()
      })
      streams.add(stream)
      if (isReady) stream.push(createStart())
      return stream
    },

    close() {
      changeWindow.close()
      for (const stream of [...streams]) stream.end()
    },
  }
}
