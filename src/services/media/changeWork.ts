import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Logger } from '../kernel/ports.ts'
import { findMatches } from './changeStatements.ts'
import type { ChangeTopic } from './changeTopic.ts'

/** Media that one statement checks. */
const maxIdsPerStatement = 1000
/** Filters whose members are read at the same time. */
const maxConcurrentReads = 4
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
  addChanged(ids: readonly string[]): void
  /** Starts the loop if there is something to do. */
  wake(): void
}

/**
 * Reads of all members and checks of changed media alternate. So a check never overlaps a read, whose result could be
 * older or newer.
 */
export const createChangeWork = ({ database, log, topics }: ChangeWorkOptions): ChangeWork => {
  const changedIds = new Set<string>()
  let isRunning = false

  const readTopic = (topic: ChangeTopic): Promise<void> =>
    topic.read().catch((error: unknown) => {
      if (!topic.isReady()) topic.ready.reject(error)
      else log.warn({ err: error }, 'Failed to read the media of a followed filter; retrying in 1 s.')
    })

  const readDue = async (): Promise<boolean> => {
    const due = topics().filter((topic) => topic.isReadDue())
    await Promise.all(due.slice(0, maxConcurrentReads).map(readTopic))
    return due.length > 0
  }

  const checkChanged = async (): Promise<boolean> => {
    const ids = [...changedIds].slice(0, maxIdsPerStatement)
    if (ids.length === 0) return false
    for (const id of ids) changedIds.delete(id)
    try {
      const followed = topics().filter((topic) => topic.isReady())
      const conditions = await Promise.all(followed.map((topic) => topic.resolveConditions()))
      const matches = await findMatches(database, ids, conditions)
      for (const [index, topic] of followed.entries()) topic.update(ids, matches[index] ?? new Set())
    } catch (error) {
      for (const id of ids) changedIds.add(id)
      throw error
    }
    return true
  }

  const run = async (): Promise<void> => {
    while (true) {
      const hasRead = await readDue()
      const hasChecked = await checkChanged()
      if (!hasRead && !hasChecked) return
      if (hasChecked) await sleep(pauseMs, undefined, { ref: false })
    }
  }

  const wake = (): void => {
    if (isRunning) return
    isRunning = true
    run().then(
      () => {
        isRunning = false
        // One changed after the last check and before `isRunning` was reset.
        if (changedIds.size > 0) wake()
      },
      (error: unknown) => {
        isRunning = false
        log.warn({ err: error }, 'Failed to check changed media; retrying in 1 s.')
      },
    )
  }

  return {
    addChanged(ids) {
      for (const id of ids) changedIds.add(id)
      wake()
    },
    wake,
  }
}
