import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { lockMedia, lockMediaRows, lockUsers, tryLockUsers } from '../locking/rowLocks.ts'
import { isReassignable } from './transitions.ts'

/** Users whom a change of a media concerns, who are in its way where they are many. */
const assigneeConditions = {
  /** It is going away: who have it now. */
  current: Prisma.sql`"status" = 'CURRENT'`,
  /** It comes back: who get it again. */
  returning: Prisma.sql`"status" = 'ENDED' AND "returns"`,
  /** Another one takes its place: who have it now, or may take back what replaced it. */
  reassignable: isReassignable,
} satisfies Record<string, Prisma.Sql>

type AssigneeGroup = keyof typeof assigneeConditions

const findAssignees = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  group: AssigneeGroup,
): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ userId: string }[]>`
    SELECT DISTINCT "userId"::text FROM "Assignment" AS row
    WHERE "heldMediaId" = ANY(${[...mediaIds]}::uuid[]) AND (${assigneeConditions[group]})`
  return rows.map(({ userId }) => userId)
}

const maxAttempts = 20

/**
 * Locks media together with the users to whom they are or were assigned, for whoever ends, restores or moves assignments.
 * Users come first, but which ones is certain only once the media are locked. So it looks, locks, and looks again: who has
 * come in between is locked then, if that can be had without waiting. If not, the locks are given back, which a savepoint
 * does, and it begins anew.
 */
export const lockMediaAndAssignees = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  group: AssigneeGroup,
): Promise<Media[]> => {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const expectedIds = new Set(await findAssignees(transaction, mediaIds, group))
    await transaction.$executeRaw`SAVEPOINT "assignees"`
    await lockUsers(transaction, [...expectedIds])
    const media = await lockMedia(transaction, mediaIds)
    const newUserIds = (await findAssignees(transaction, mediaIds, group)).filter((userId) => !expectedIds.has(userId))
    if (await tryLockUsers(transaction, newUserIds)) {
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
export const lockAffectedMedia = async (
  transaction: Transaction,
  userIds: readonly string[],
  mediaId: string,
): Promise<Media | null> => {
  const current = await transaction.$queryRaw<{ mediaId: string }[]>`
    SELECT DISTINCT "mediaId"::text FROM "Assignment" WHERE "userId" = ANY(${[...userIds]}::uuid[]) AND "status" = 'CURRENT'`
  await lockMediaRows(transaction, [mediaId, ...current.map(({ mediaId }) => mediaId)])
  return transaction.media.findUnique({ where: { id: mediaId } })
}
