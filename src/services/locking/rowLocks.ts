import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { isLockNotAvailable } from '../kernel/databaseErrors.ts'
import { notFound } from '../kernel/notFound.ts'
import { firstStatement } from '../kernel/planHint.ts'
import type { Transaction } from '../kernel/ports.ts'

/**
 * Locks media for the rest of the transaction, in the order of their ids, so that two transactions never deadlock.
 * Every transaction that links, unlinks, deletes, restores, purges or switches versions takes this lock, which decides
 * their races. Includes media in the trash; unknown ids are missing from the result. One statement: a row that another
 * transaction had locked is returned as that transaction left it.
 */
export const lockMedia = (transaction: Transaction, ids: readonly string[]): Promise<Media[]> =>
  transaction.$queryRaw<Media[]>`
    SELECT ${mediaColumns} FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR UPDATE`

const quoteAll = (columns: readonly string[]): Prisma.Sql =>
  Prisma.raw(columns.map((column) => `"${column}"`).join(', '))

/** Columns that Prisma reads: it knows no others, such as the search vector. */
const mediaColumns = quoteAll(Object.values(Prisma.MediaScalarFieldEnum))

/** Columns that decide changes of many media at once, or that are logged with them. */
const stateColumns = [
  ...(['id', 'title', 'fileName', 'sha256', 'status', 'uploadedById', 'deletedAt', 'purgeAt'] as const),
  ...(['tags', 'tagKeys', 'folderId', 'usageCount', 'assignmentCount'] as const),
] satisfies (keyof Media)[]
const stateColumnsSql = quoteAll(stateColumns)

export type MediaState = Pick<Media, (typeof stateColumns)[number]>

/** Locks media like `lockMedia`, and reads only these columns: thousands of whole rows take long to read. */
export const lockMediaStates = (transaction: Transaction, ids: readonly string[]): Promise<MediaState[]> =>
  transaction.$queryRaw<MediaState[]>`
    SELECT ${stateColumnsSql} FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR UPDATE`

/** Locks media like `lockMedia`, without reading them. */
export const lockMediaRows = async (transaction: Transaction, ids: readonly string[]): Promise<void> => {
  await transaction.$executeRaw`SELECT 1 FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR UPDATE`
}

/**
 * Locks the media that are neither in the trash nor locked by another transaction, without waiting. Resolves to their ids.
 * The lock is that of `lockMedia`.
 */
export const lockFreeMediaRows = async (transaction: Transaction, ids: readonly string[]): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) AND "deletedAt" IS NULL
    ORDER BY "id" FOR UPDATE SKIP LOCKED`
  return rows.map(({ id }) => id)
}

/** Limits how long this transaction waits for each lock from now on; see `isLockNotAvailable` for the error. */
export const setLockTimeout = async (transaction: Transaction, timeoutMs: number): Promise<void> => {
  await transaction.$queryRaw`SELECT set_config('lock_timeout', ${`${timeoutMs}ms`}, true)`
}

interface Timeouts {
  lockMs: number
  statementMs: number
}

/** Columns that limit the wait for each lock, and each statement, of this transaction from now on. */
export const timeoutColumns = ({ lockMs, statementMs }: Timeouts): Prisma.Sql =>
  Prisma.raw(
    `set_config('lock_timeout', '${Number(lockMs)}ms', true), set_config('statement_timeout', '${Number(statementMs)}ms', true)`,
  )

/** Sets both limits by the first statement of the transaction. */
export const setTimeouts = async (transaction: Transaction, timeouts: Timeouts): Promise<void> => {
  await transaction.$queryRaw`${firstStatement} SELECT ${timeoutColumns(timeouts)}`
}

/**
 * Locks resources, in the order of their ids, for those that share the tree and change texts or all media of a resource.
 * Called once per transaction, before it creates resources and before any user or media is locked. Not FOR UPDATE, which
 * would block all writers of rows that refer to a resource.
 */
export const lockResourceRows = async (transaction: Transaction, ids: readonly string[]): Promise<void> => {
  await transaction.$executeRaw`
    SELECT 1 FROM "Resource" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`
}

/**
 * Locks users, in the order of their ids. Every transaction that changes their assignments takes this lock, before any
 * media and never after. Resolves to the ids that exist. Not FOR UPDATE, which would block all writers of rows that
 * refer to a user.
 */
export const lockUsers = async (transaction: Transaction, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return []
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "User" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR NO KEY UPDATE`
  return rows.map(({ id }) => id)
}

/**
 * Locks users after media are already locked. Never waits, since that could deadlock: resolves to false if another
 * transaction holds one of the locks. The transaction can then continue only from a savepoint.
 */
export const tryLockUsers = async (transaction: Transaction, ids: readonly string[]): Promise<boolean> => {
  if (ids.length === 0) return true
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

/** Locks one media that is not in the trash, or refuses. By an id instead of a list, for which no plan would be kept. */
export const lockLiveMedia = async (transaction: Transaction, id: string): Promise<Media> => {
  const [media] = await transaction.$queryRaw<Media[]>`
    SELECT ${mediaColumns} FROM "Media" WHERE "id" = ${id}::uuid FOR UPDATE`
  if (media === undefined || media.deletedAt !== null) throw notFound('Media', id)
  return media
}

/** Locks a media like `lockLiveMedia`, without reading it: one statement, which sees the row as it is when it is locked. */
export const lockLiveMediaRow = async (transaction: Transaction, id: string): Promise<void> => {
  const [row] = await transaction.$queryRaw<{ isLive: boolean }[]>`
    SELECT "deletedAt" IS NULL AS "isLive" FROM "Media" WHERE "id" = ${id}::uuid FOR UPDATE`
  if (row?.isLive !== true) throw notFound('Media', id)
}
