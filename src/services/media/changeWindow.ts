/** Time within which all changes of one media are reported as one. */
const windowMs = 1000
/** Maximum number of changes in one event, as many as media on a page. */
export const maxChangesPerEvent = 100
/** Events that follow each other at once; the next ones wait, so that subscribers can send them. */
const maxEventsAtOnce = 10
const pauseMs = 100
/** Maximum number of media that wait, of about 50 bytes each: 2.5 MB for each filter. */
const maxWaiting = 50_000

type ChangeKind = 'ADDED' | 'CHANGED' | 'REMOVED'

export interface Change {
  kind: ChangeKind
  mediaId: string
}

/** Collects the changes of media for one second each, from the first one on. */
export interface ChangeWindow {
  /** Notes a change of a media, and whether it matched the filter before and may have matched it since. */
  note(mediaId: string, wasMember: boolean, hasMatched: boolean): void
  close(): void
}

/** Facts about a waiting media, in one number each, since all media of a library may change at once. */
const waitingFlags = {
  /** It matched when the previous event about it was sent. */
  wasMember: 1,
  /** It may have matched since. */
  hasMatched: 2,
}
/** Distance of the times at which they are due, in the same numbers. */
const timeStep = 4

const dueMsOf = (waiting: number): number => Math.floor(waiting / timeStep)

/**
 * Returns what to report. A media that entered and left is reported as removed, since a client may have listed it in
 * between.
 */
const kindOf = (flags: number, isMember: boolean): ChangeKind | null => {
  const wasMember = (flags & waitingFlags.wasMember) > 0
  const hasMatched = (flags & waitingFlags.hasMatched) > 0
  if (isMember) return wasMember ? 'CHANGED' : 'ADDED'
  return wasMember || hasMatched ? 'REMOVED' : null
}

interface ChangeWindowOptions {
  isMember(mediaId: string): boolean
  emit(changes: Change[]): void
  /** Called instead of further notes when too many media wait. */
  onOverflow(): void
}

export const createChangeWindow = ({ isMember, emit, onOverflow }: ChangeWindowOptions): ChangeWindow => {
  const waiting = new Map<string, number>()
  const openedMs = performance.now()
  const elapsedMs = (): number => performance.now() - openedMs
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  const takeDue = (): Change[] => {
    const changes: Change[] = []
    const nowMs = elapsedMs()
    for (const [mediaId, change] of waiting) {
      // They were added in the order in which they are due.
      if (dueMsOf(change) > nowMs || changes.length === maxChangesPerEvent) break
      waiting.delete(mediaId)
      const kind = kindOf(change % timeStep, isMember(mediaId))
      if (kind !== null) changes.push({ kind, mediaId })
    }
    return changes
  }

  const schedule = (minDelayMs: number): void => {
    const [first] = waiting.values()
    if (first === undefined || timer !== null) return
    timer = setTimeout(flush, Math.max(minDelayMs, Math.ceil(dueMsOf(first) - elapsedMs())))
  }

  const flush = (): void => {
    timer = null
    for (let count = 0; count < maxEventsAtOnce; count++) {
      const changes = takeDue()
      if (changes.length > 0) emit(changes)
      if (changes.length < maxChangesPerEvent) break
    }
    schedule(pauseMs)
  }

  return {
    note(mediaId, wasMember, hasMatched) {
      const change = waiting.get(mediaId)
      const dueMs = Math.ceil(elapsedMs() + windowMs)
      if (isClosed || (change === undefined && !wasMember && !hasMatched)) return
      if (change === undefined && waiting.size >= maxWaiting) return onOverflow()
      const first = dueMs * timeStep + (wasMember ? waitingFlags.wasMember : 0)
      const flags = (change ?? first) % timeStep
      waiting.set(mediaId, (change ?? first) - flags + (hasMatched ? flags | waitingFlags.hasMatched : flags))
      schedule(0)
    },
    close() {
      isClosed = true
      waiting.clear()
      if (timer !== null) clearTimeout(timer)
    },
  }
}
