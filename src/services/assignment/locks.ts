import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { holdMedia, lockMedia, lockUsers, lockUsersAtOnce } from '../locking/rowLocks.ts'
import { isMoving } from './transitions.ts'

/** Users whom a change of a media concerns, who are in its way where they are many. */
const concerns = {
  /** It is going away: who have it now. */
  leaving: Prisma.sql`"status" = 'CURRENT'`,
  /** It comes back: who get it again. */
  returning: Prisma.sql`"status" = 'ENDED' AND "returns"`,
  /** Another one takes its place: who have it now, or may take back what replaced it. */
  moving: isMoving,
} satisfies Record<string, Prisma.Sql>

type Concern = keyof typeof concerns

const assigneesOf = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  concern: Concern,
): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ userId: string }[]>`
    SELECT DISTINCT "userId"::text FROM "Assignment" AS row
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND (${concerns[concern]})`
  return rows.map(({ userId }) => userId)
}

const mostAttempts = 20

/**
 * Locks media together with the users to whom they are or were assigned, for whoever ends, restores or moves assignments.
 * Users come first, but which ones is certain only once the media are locked. So it looks, locks, and looks again: who has
 * come in between is locked then, if that can be had without waiting. If not, the locks are given back, which a savepoint
 * does, and it begins anew.
 */
export const lockMediaAndAssignees = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  concern: Concern,
): Promise<Media[]> => {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const expected = new Set(await assigneesOf(transaction, mediaIds, concern))
    await transaction.$executeRaw`SAVEPOINT "assignees"`
    await lockUsers(transaction, [...expected])
    const media = await lockMedia(transaction, mediaIds)
    const newcomers = (await assigneesOf(transaction, mediaIds, concern)).filter((userId) => !expected.has(userId))
    if (await lockUsersAtOnce(transaction, newcomers)) {
      await transaction.$executeRaw`RELEASE SAVEPOINT "assignees"`
      return media
    }
    await transaction.$executeRaw`ROLLBACK TO SAVEPOINT "assignees"`
  }
  throw new StateConflictError('This media is being assigned at this very moment; try again.')
}

/**
 * Locks the media that are about to gain or lose a current assignment: those of the users' present ones, and one more.
 * The users are locked already, so that nobody else changes which these are.
 */
export const lockMediaOf = async (
  transaction: Transaction,
  userIds: readonly string[],
  mediaId: string,
): Promise<Media | null> => {
  const current = await transaction.$queryRaw<{ mediaId: string }[]>`
    SELECT DISTINCT "mediaId"::text FROM "Assignment" WHERE "userId" = ANY(${[...userIds]}::uuid[]) AND "status" = 'CURRENT'`
  await holdMedia(transaction, [mediaId, ...current.map(({ mediaId }) => mediaId)])
  return transaction.media.findUnique({ where: { id: mediaId } })
}
