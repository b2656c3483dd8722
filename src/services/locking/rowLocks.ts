import type { Media } from '../../../prisma/generated/client/client.ts'
import { isLockNotAvailable } from '../kernel/databaseErrors.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import type { Transaction } from '../kernel/ports.ts'

/**
 * Locks media for the rest of the transaction, in the order of their ids, so that two transactions never wait for each
 * other. Whoever links, unlinks, deletes, restores, purges or switches versions holds this lock: that decides their races.
 * Also finds the trash; ids that lead nowhere are missing in the answer.
 */
export const lockMedia = async (transaction: Transaction, ids: readonly string[]): Promise<Media[]> => {
  await lockMediaRows(transaction, ids)
  const rows: Media[] = []
  // A statement takes 32,767 parameters at most.
  const sortedIds = [...new Set(ids)].toSorted()
  for (let from = 0; from < sortedIds.length; from += sliceSize) {
    const slice = sortedIds.slice(from, from + sliceSize)
    rows.push(...(await transaction.media.findMany({ where: { id: { in: slice } }, orderBy: { id: 'asc' } })))
  }
  return rows
}

const sliceSize = 10_000

/** The same without reading them. */
export const lockMediaRows = async (transaction: Transaction, ids: readonly string[]): Promise<void> => {
  await transaction.$executeRaw`SELECT 1 FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR UPDATE`
}

/** How long this transaction waits for each lock from now on; then the database refuses it (`isLocked`). */
export const setLockTimeout = async (transaction: Transaction, timeoutMs: number): Promise<void> => {
  await transaction.$queryRaw`SELECT set_config('lock_timeout', ${`${timeoutMs}ms`}, true)`
}

/**
 * Whoever changes what is assigned to users locks them first, in the order of their ids: before any media, never after.
 * Resolves to those that exist. Not FOR UPDATE, which would hold up everybody who writes a row that refers to a user.
 */
export const lockUsers = async (transaction: Transaction, ids: readonly string[]): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "User" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`
  return rows.map(({ id }) => id)
}

/**
 * The same where media are locked already: so it never waits, which could be in a circle. False where somebody else holds
 * one of them; then the transaction can only go on from a savepoint.
 */
export const tryLockUsers = async (transaction: Transaction, ids: readonly string[]): Promise<boolean> => {
  const attempt = transaction.$executeRaw`
    SELECT 1 FROM "User" WHERE "id" = ANY(${[...ids]}::uuid[]) FOR NO KEY UPDATE NOWAIT`
  return attempt.then(
    () => true,
    (error: unknown) => {
      if (!isLockNotAvailable(error)) throw error
      return false
    },
  )
}

/** Locks one media that is not in the trash, or refuses. */
export const lockLiveMedia = async (transaction: Transaction, id: string): Promise<Media> => {
  const [media] = await lockMedia(transaction, [id])
  if (media === undefined || media.deletedAt !== null)
    throw new NotFoundError('There is no such media.', globalId('Media', id))
  return media
}
