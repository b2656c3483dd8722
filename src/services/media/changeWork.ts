import { setTimeout as sleep } from 'node:timers/promises'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Logger } from '../kernel/ports.ts'
import { createChangedIds } from './changedIds.ts'
import { createChangeReads } from './changeReads.ts'
import { findMatches, readClock } from './changeStatements.ts'
import type { ChangeTopic } from './changeTopic.ts'
import { createChangeWords } from './changeWords.ts'

/** Media that one statement checks. */
const maxIdsPerStatement = 1000
/** Pause between two checks: the media that change in it are checked together. */
const pauseMs = 50

interface ChangeWorkOptions {
  database: Database
  log: Logger
  /** The filters that are followed; none until changed media are reported. */
  topics(): ChangeTopic[]
}

/** Work that keeps the members of all followed filters up to date, in one loop per process. */
export interface ChangeWork {
  addChanged(id: string, at: Date): void
  /** Adds media whose renditions changed. */
  addConverted(ids: readonly string[]): void
  /** Starts the loop if there is something to do. */
  wake(): void
}

/**
 * Reads of all members start between two checks, and end at any time. A check skips the filters that are being read, since its
 * result could be older or newer; they are checked after the read.
 */
export const createChangeWork = ({ database, log, topics }: ChangeWorkOptions): ChangeWork => {
  const changedIds = createChangedIds()
  const words = createChangeWords(database)
  let isRunning = false
  let isWanted = false

  const wake = (): void => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    run().then(
      () => {
        isRunning = false
        // Something happened after the last check and before `isRunning` was reset.
        if (isWanted) wake()
      },
      (error: unknown) => {
        isRunning = false
        log.warn({ err: error }, 'Failed to check changed media; retrying in 1 s.')
      },
    )
  }
  const reads = createChangeReads({ log, topics, onEnd: wake })

  const check = async (
    ids: readonly string[],
    checked: readonly ChangeTopic[],
    findRepeated: () => Promise<ReadonlySet<string>>,
  ): Promise<void> => {
    const conditions = checked.map((topic) => topic.conditions() ?? Prisma.sql`false`)
    const matches = await findMatches(database, ids, conditions)
    const repeatedIds = await findRepeated()
    for (const [index, topic] of checked.entries()) topic.update(ids, matches[index] ?? new Set(), repeatedIds)
  }

  /**
   * Checks some of the media that changed while all members were read. Those of a later read than the first may have matched
   * before it, so that a client has listed them.
   */
  const checkUnchecked = async (topic: ChangeTopic): Promise<void> => {
    const batch = [...topic.uncheckedIds].slice(0, maxIdsPerStatement)
    const ids = batch.map(([id]) => id)
    const readIds = batch.filter(([, { isRead }]) => isRead).map(([id]) => id)
    for (const id of ids) topic.uncheckedIds.delete(id)
    try {
      await check(ids, [topic], async () => new Set(readIds))
    } catch (error) {
      for (const [id, read] of batch) topic.uncheckedIds.set(id, read)
      throw error
    }
  }

  const isSettled = (topic: ChangeTopic): boolean => topic.isReady() && !reads.isReading(topic)

  const checkRead = async (): Promise<void> => {
    for (const topic of topics()) while (topic.uncheckedIds.size > 0 && isSettled(topic)) await checkUnchecked(topic)
  }

  const checkChanged = async (): Promise<void> => {
    const batch = changedIds.take(maxIdsPerStatement)
    const ids = [...batch.keys()]
    try {
      const checked = topics().filter(isSettled)
      for (const topic of topics().filter(reads.isReading))
        for (const id of ids) topic.uncheckedIds.set(id, { isRead: topic.isReady() })
      const searches = topics().filter((topic) => topic.hasSearch)
      if (searches.length > 0 && (await words.bring(ids))) for (const topic of searches) topic.expireWords()
      await check(ids, checked, async () => changedIds.findRepeated(batch, await readClock(database)))
    } catch (error) {
      changedIds.putBack(batch)
      throw error
    }
  }

  const run = async (): Promise<void> => {
    while (isWanted || changedIds.size() > 0) {
      isWanted = false
      reads.start()
      await checkRead()
      if (changedIds.size() === 0) continue
      await checkChanged()
      await sleep(pauseMs, undefined, { ref: false })
    }
  }

  return {
    addChanged(id, at) {
      changedIds.add(id, at)
      wake()
    },
    addConverted(ids) {
      changedIds.addConverted(ids)
      wake()
    },
    wake,
  }
}
