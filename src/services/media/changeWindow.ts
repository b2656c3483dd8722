/** Time within which all changes of one media are reported as one. */
const windowMs = 1000
/** Maximum number of changes in one event, as many as media on a page. */
export const maxChangesPerEvent = 100
/** Events that follow each other at once; the next ones wait, so that subscribers can send them. */
const maxEventsAtOnce = 10
const pauseMs = 100

type ChangeKind = 'ADDED' | 'CHANGED' | 'REMOVED'

export interface Change {
  kind: ChangeKind
  mediaId: string
}

/** Collects the changes of media for one second each, from the first one on. */
export interface ChangeWindow {
  /** Notes a change of a media, and whether it matched the filter before and matches it now. */
  note(mediaId: string, wasMember: boolean, isMember: boolean): void
  close(): void
}

interface Waiting {
  dueMs: number
  /** Whether it matched when the previous event about it was sent. */
  wasMember: boolean
  /** Whether it has matched since. */
  hasMatched: boolean
}

/**
 * Returns what to report. A media that entered and left is reported as removed, since a client may have listed it in
 * between.
 */
const kindOf = ({ wasMember, hasMatched }: Waiting, isMember: boolean): ChangeKind | null => {
  if (isMember) return wasMember ? 'CHANGED' : 'ADDED'
  return wasMember || hasMatched ? 'REMOVED' : null
}

interface ChangeWindowOptions {
  isMember(mediaId: string): boolean
  emit(changes: Change[]): void
}

export const createChangeWindow = ({ isMember, emit }: ChangeWindowOptions): ChangeWindow => {
  const waiting = new Map<string, Waiting>()
  let timer: NodeJS.Timeout | null = null

  const takeDue = (): Change[] => {
    const changes: Change[] = []
    const now = performance.now()
    for (const [mediaId, change] of waiting) {
      // They were added in the order in which they are due.
      if (change.dueMs > now || changes.length === maxChangesPerEvent) break
      waiting.delete(mediaId)
      const kind = kindOf(change, isMember(mediaId))
      if (kind !== null) changes.push({ kind, mediaId })
    }
    return changes
  }

  const schedule = (minDelayMs: number): void => {
    const [first] = waiting.values()
    if (first === undefined || timer !== null) return
    timer = setTimeout(flush, Math.max(minDelayMs, Math.ceil(first.dueMs - performance.now())))
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
    note(mediaId, wasMember, isMemberNow) {
      const change = waiting.get(mediaId)
      if (change !== undefined) change.hasMatched ||= isMemberNow
      else if (wasMember || isMemberNow)
        waiting.set(mediaId, { dueMs: performance.now() + windowMs, wasMember, hasMatched: isMemberNow })
      schedule(0)
    },
    close() {
      waiting.clear()
      if (timer !== null) clearTimeout(timer)
    },
  }
}
