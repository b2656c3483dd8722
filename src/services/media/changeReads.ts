import type { Logger } from '../kernel/ports.ts'
import type { ChangeTopic } from './changeTopic.ts'

/** Filters whose members are read at the same time. */
const maxConcurrentReads = 4
/** Filters of one user whose members are read at the same time, so that slow filters leave room for the filters of others. */
const maxConcurrentReadsPerUser = 2
/** Searches whose words are looked up at the same time. */
const maxConcurrentRenewals = 4

/** Reads of the members of followed filters, which run beside the checks of changed media. */
export interface ChangeReads {
  /** Starts the reads that are due, as far as there is room. */
  start(): void
  isReading(topic: ChangeTopic): boolean
}

interface ChangeReadsOptions {
  log: Logger
  topics(): ChangeTopic[]
  /** Called when a read has ended. */
  onEnd(): void
}

export const createChangeReads = ({ log, topics, onEnd }: ChangeReadsOptions): ChangeReads => {
  const reading = new Set<ChangeTopic>()
  const renewing = new Set<ChangeTopic>()

  const run = (running: Set<ChangeTopic>, topic: ChangeTopic, work: Promise<void>): void => {
    running.add(topic)
    work
      .catch((error: unknown) => log.warn({ err: error }, 'Failed to read the media of a followed filter; retrying.'))
      .finally(() => {
        running.delete(topic)
        onEnd()
      })
  }

  const hasRoomFor = ({ ownerId }: ChangeTopic): boolean =>
    reading.size < maxConcurrentReads &&
    [...reading].filter((topic) => topic.ownerId === ownerId).length < maxConcurrentReadsPerUser

  return {
    start() {
      // The one that has waited longest is the first: one that fails again and again waits behind the others.
      const due = topics()
        .filter((topic) => !reading.has(topic) && topic.isReadDue())
        .toSorted((left, right) => left.lastReadMs() - right.lastReadMs())
      for (const topic of due) if (hasRoomFor(topic)) run(reading, topic, topic.read())
      for (const topic of topics().filter((followed) => !renewing.has(followed) && followed.isRenewalDue()))
        if (renewing.size < maxConcurrentRenewals) run(renewing, topic, topic.renew())
    },
    isReading: (topic) => reading.has(topic),
  }
}
