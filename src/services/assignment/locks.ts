import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { lockMediaRows, lockMediaStates, lockUsers, type MediaState, tryLockUsers } from '../locking/rowLocks.ts'
import { isReassignable } from './transitions.ts'

/**
 * Conditions for the users whom a change of a media affects. All of them are locked, which takes long if they are many.
 */
const assigneeConditions = {
  /** The media is removed: users who have it now. */
  current: Prisma.sql`"status" = 'CURRENT'`,
  /** The media is restored: users who get it back. */
  returning: Prisma.sql`"status" = 'ENDED' AND "returns"`,
  /** Another media takes its place: users who have it now, or who can still undo the assignment that replaced it. */
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
 * Locks media together with the users to whom they are or were assigned, for changes that end, restore or move
 * assignments. Users must be locked before media, but the set of users is certain only once the media are locked. So it
 * reads the users, locks both, and reads the users again: users who were added in between are locked without waiting.
 * If one of them is locked elsewhere, a rollback to the savepoint releases all locks, and the next attempt starts over.
 */
export const lockMediaAndAssignees = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  group: AssigneeGroup,
): Promise<MediaState[]> => {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const expectedIds = new Set(await findAssignees(transaction, mediaIds, group))
    await transaction.$executeRaw`SAVEPOINT "assignees"`
    await lockUsers(transaction, [...expectedIds])
    const media = await lockMediaStates(transaction, mediaIds)
    const newUserIds = (await findAssignees(transaction, mediaIds, group)).filter((userId) => !expectedIds.has(userId))
    if (await tryLockUsers(transaction, newUserIds)) {
      await transaction.$executeRaw`RELEASE SAVEPOINT "assignees"`
      return media
    }
    await transaction.$executeRaw`ROLLBACK TO SAVEPOINT "assignees"`
  }
  throw new StateConflictError('This media is being assigned by other calls; nothing was changed. Try again.')
}

/**
 * Locks the media that are about to gain or lose a current assignment: those currently assigned to the users, and the
 * new one. The caller has locked the users, so that no other transaction changes which media these are.
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
