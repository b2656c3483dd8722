import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '../event/eventLog.ts'
import type { Database, Logger } from '../kernel/ports.ts'
import { readRunningAttempts } from './changeStatements.ts'

/** Delay before the log is followed again after a failed read. */
const retryDelayMs = 1000
const tickMs = 1000

interface ChangedMediaOptions {
  database: Database
  eventLog: Pick<EventLog, 'follow' | 'readLastPosition'>
  log: Logger
  /** Called with the time of the change, by the clock of the database. */
  onMedia(id: string, at: Date): void
  /** Called for media of which only renditions have changed. */
  onConverted(ids: readonly string[]): void
  /** Called for a change of a row that belongs to no media, such as a folder. */
  onRow(table: string): void
  onTick(): void
}

export interface ChangedMedia {
  /** Resolves once every later change will be reported. */
  ready: Promise<void>
  stop(): void
}

/**
 * Follows the ids of all media that change, by the log: PostgreSQL keeps it, and each process reads it without a gap,
 * whatever happens to Redis. The log does not tell when the work on a rendition starts; the few that are being made are
 * read every second.
 */
export const followChangedMedia = (options: ChangedMediaOptions): ChangedMedia => {
  const { database, eventLog, log, onMedia, onConverted, onRow, onTick } = options
  let isStopped = false
  let events: ReturnType<EventLog['follow']> | null = null
  let position = 0

  const followLog = async (): Promise<void> => {
    events = eventLog.follow(position)
    for await (const event of events) {
      position = event.position
      if (event.mediaId === null) onRow(event.nodeType)
      else if (event.nodeType === 'Rendition') onConverted([event.mediaId])
      else onMedia(event.mediaId, event.at)
    }
  }

  const run = async (): Promise<void> => {
    while (!isStopped) {
      await followLog().catch((error: unknown) =>
        log.warn({ err: error }, 'Failed to follow changes of media in the log; retrying in 1 s.'),
      )
      if (!isStopped) await sleep(retryDelayMs, undefined, { ref: false })
    }
  }

  let runningAttempts = new Map<string, string>()
  const readRunning = async (): Promise<void> => {
    const next = await readRunningAttempts(database)
    const changes = [
      ...[...next].filter(([attempt]) => !runningAttempts.has(attempt)),
      ...[...runningAttempts].filter(([attempt]) => !next.has(attempt)),
    ]
    runningAttempts = next
    if (changes.length > 0 && !isStopped) onConverted(changes.map(([, mediaId]) => mediaId))
  }

  let isReading = false
  const tick = async (): Promise<void> => {
    onTick()
    if (isReading) return
    isReading = true
    await readRunning()
      .catch((error: unknown) => log.warn({ err: error }, 'Failed to read the running conversions; retrying in 1 s.'))
      .finally(() => {
        isReading = false
      })
  }

  let timer: NodeJS.Timeout | null = null
  const open = async (): Promise<void> => {
    position = await eventLog.readLastPosition()
    runningAttempts = await readRunningAttempts(database)
    if (isStopped) return
    timer = setInterval(tick, tickMs).unref()
    void run()
  }

  return {
    ready: open(),
    stop() {
      isStopped = true
      if (timer !== null) clearInterval(timer)
      events?.return?.().catch(() => undefined) // it only ends the iteration
    },
  }
}
