import type { Media } from '../../../prisma/generated/client/client.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import type { Transaction } from '../kernel/ports.ts'

/** The one clock of the undo window, asked once all locks are held. */
export const readClock = async (transaction: Transaction): Promise<Date> => {
  const [row] = await transaction.$queryRaw<[{ now: Date }]>`SELECT "assignmentClock"() AS "now"`
  return row.now
}

const requireReady = ({ title, status }: Media): void => {
  if (status !== 'READY') throw new StateConflictError(`"${title}" is ${status}, not READY.`)
}

/** A media to give to somebody. */
export const requireAssignable = (media: Media | null, id: string): Media => {
  if (media === null || media.deletedAt !== null)
    throw new NotFoundError('There is no such media.', globalId('Media', id))
  requireReady(media)
  return media
}

/** One that somebody had before, and is to have again. */
export const requireRevertible = (media: Media | null, title: string): Media => {
  if (media === null) throw new StateConflictError(`"${title}" was purged.`)
  if (media.deletedAt !== null) throw new StateConflictError(`"${title}" is in the trash; restore it first.`)
  requireReady(media)
  return media
}

/** Of these media, those that are there and not in the trash. */
export const findLiveMediaIds = async (transaction: Transaction, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) AND "deletedAt" IS NULL`
  return new Set(rows.map(({ id }) => id))
}

/** Why an assignment cannot be taken back, whenever it was given. */
export const findUndoConflict = (
  assignment: { status: string; previousMediaId: string | null; previousTitle: string | null },
  liveMediaIds: ReadonlySet<string>,
): string | null => {
  const { status, previousMediaId, previousTitle } = assignment
  if (status === 'REPLACED') return 'It was overtaken: this user has been assigned something else since.'
  if (status === 'UNDONE') return 'It was undone already.'
  if (status === 'ENDED') return 'It has ended already.'
  if (previousMediaId === null || liveMediaIds.has(previousMediaId)) return null
  return `What it replaced cannot come back: "${previousTitle}" is in the trash or was purged.`
}
