import { setTimeout as sleep } from 'node:timers/promises'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Logger } from '../kernel/ports.ts'
import { createChangeReads } from './changeReads.ts'
import { findMatches } from './changeStatements.ts'
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
  addChanged(ids: readonly string[]): void
  /** Starts the loop if there is something to do. */
  wake(): void
}

/**
 * Reads of all members start between two checks, and end at any time. A check skips the filters that are being read, since its
 * result could be older or newer; they are checked after the read.
 */
export const createChangeWork = ({ database, log, topics }: ChangeWorkOptions): ChangeWork => {
  const changedIds = new Set<string>()
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

  const check = async (ids: readonly string[], checked: readonly ChangeTopic[]): Promise<void> => {
    const conditions = checked.map((topic) => topic.conditions() ?? Prisma.sql`false`)
    const matches = await findMatches(database, ids, conditions)
    for (const [index, topic] of checked.entries()) topic.update(ids, matches[index] ?? new Set())
  }

  /** Takes some of these ids. They are put back if the work on them fails. */
  const takeSome = async (from: Set<string>, workOn: (ids: string[]) => Promise<void>): Promise<void> => {
    const ids: string[] = []
    for (const id of from) {
      if (ids.length === maxIdsPerStatement) break
      ids.push(id)
      from.delete(id)
    }
    try {
      await workOn(ids)
    } catch (error) {
      for (const id of ids) from.add(id)
      throw error
    }
  }

  const isSettled = (topic: ChangeTopic): boolean => topic.isReady() && !reads.isReading(topic)

  const checkRead = async (): Promise<void> => {
    for (const topic of topics())
      while (topic.uncheckedIds.size > 0 && isSettled(topic))
        await takeSome(topic.uncheckedIds, (ids) => check(ids, [topic]))
  }

  const checkChanged = (): Promise<void> =>
    takeSome(changedIds, async (ids) => {
      const checked = topics().filter(isSettled)
      for (const topic of topics().filter(reads.isReading)) for (const id of ids) topic.uncheckedIds.add(id)
      const searches = topics().filter((topic) => topic.hasSearch)
      if (searches.length > 0 && (await words.bring(ids))) for (const topic of searches) topic.expireWords()
      await check(ids, checked)
    })

  const run = async (): Promise<void> => {
    while (isWanted || changedIds.size > 0) {
      isWanted = false
      reads.start()
      await checkRead()
      if (changedIds.size === 0) continue
      await checkChanged()
      await sleep(pauseMs, undefined, { ref: false })
    }
  }

  return {
    addChanged(ids) {
      for (const id of ids) changedIds.add(id)
      wake()
    },
    wake,
  }
}
