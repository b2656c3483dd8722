import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { StateConflictError, UndoExpiredError } from '../kernel/errors.ts'
import { assignRules, isReady } from '../kernel/mediaRules.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { enforceRules } from '../kernel/rules.ts'

/** Reads the database's clock, the only one that decides the undo window. Call it once all locks are held. */
export const readClock = async (transaction: Transaction | Database): Promise<Date> => {
  const [row] = await transaction.$queryRaw<[{ now: Date }]>`SELECT "assignmentClock"() AS "now"`
  return row.now
}

/**
 * Returns when a request arrived; it may have waited since then. Its arrival by the database's clock is the present minus
 * the time since it arrived in this process. A statement upon arrival would have to wait for a connection, which takes
 * over a second in a crowd. `elapsedMs` is measured before `now` is read, so that the result is never too early: a client
 * gains no time.
 */
export const arrivalOf = ({ now, elapsedMs }: { now: Date; elapsedMs: number }): Date =>
  new Date(now.getTime() - Math.floor(elapsedMs))

/** Refuses a request that arrived after the undo window. */
export const requireInTime = (undoableUntil: Date, request: { now: Date; elapsedMs: number }): void => {
  if (arrivalOf(request) > undoableUntil) throw new UndoExpiredError(undoableUntil)
}

/** Returns a media that can be assigned; refuses missing, trashed and unready ones. */
export const requireAssignable = (actor: Actor, media: Media | null, id: string): Media => {
  if (media === null) throw notFound('Media', id)
  enforceRules(assignRules, actor, media)
  return media
}

/** Returns the media of an earlier assignment; refuses if it cannot be assigned again. */
export const requireRevertible = (actor: Actor, media: Media | null, title: string): Media => {
  if (media === null) throw new StateConflictError(`"${title}" was purged and cannot be assigned again.`)
  if (media.deletedAt !== null) throw new StateConflictError(`"${title}" is in the trash; restore it first.`)
  enforceRules([isReady], actor, media)
  return media
}

/** Returns the ids of media that exist and are not in the trash. */
export const findLiveMediaIds = async (transaction: Transaction, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) AND "deletedAt" IS NULL`
  return new Set(rows.map(({ id }) => id))
}

/** Returns why an assignment cannot be undone, apart from its undo window; null if it can. */
export const findUndoConflict = (
  assignment: { status: string; previousMediaId: string | null; previousTitle: string | null },
  liveMediaIds: ReadonlySet<string>,
): string | null => {
  const { status, previousMediaId, previousTitle } = assignment
  if (status === 'REPLACED') return 'This assignment was replaced: the user has a newer one.'
  if (status === 'UNDONE') return 'This assignment is already undone.'
  if (status === 'ENDED') return 'This assignment has already ended.'
  if (previousMediaId === null || liveMediaIds.has(previousMediaId)) return null
  return `The previous assignment cannot be restored: "${previousTitle}" is in the trash or was purged.`
}
