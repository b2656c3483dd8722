import { type Media, Prisma } from '../../prisma/generated/client/client.ts'
import { NotFoundError } from './errors.ts'
import { globalId } from './ids.ts'
import type { Transaction } from './ports.ts'

/**
 * Locks media for the rest of the transaction, in the order of their ids, so that two transactions never wait for each
 * other. Whoever links, unlinks, deletes, restores, purges or switches versions holds this lock: that decides their races.
 * Also finds the trash; ids that lead nowhere are missing in the answer.
 */
export const lockMedia = async (transaction: Transaction, ids: readonly string[]): Promise<Media[]> => {
  await holdMedia(transaction, ids)
  const rows: Media[] = []
  // A statement takes 32,767 parameters at most.
  const sorted = [...new Set(ids)].toSorted()
  for (let from = 0; from < sorted.length; from += sliceSize) {
    const slice = sorted.slice(from, from + sliceSize)
    rows.push(...(await transaction.media.findMany({ where: { id: { in: slice } }, orderBy: { id: 'asc' } })))
  }
  return rows
}

const sliceSize = 10_000

/** The same without reading them. */
export const holdMedia = async (transaction: Transaction, ids: readonly string[]): Promise<void> => {
  await transaction.$executeRaw`SELECT 1 FROM "Media" WHERE "id" = ANY(${[...ids]}::uuid[]) ORDER BY "id" FOR UPDATE`
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

/** Locks one media that is not in the trash, or refuses. */
export const lockPresentMedia = async (transaction: Transaction, id: string): Promise<Media> => {
  const [media] = await lockMedia(transaction, [id])
  if (media === undefined || media.deletedAt !== null)
    throw new NotFoundError('There is no such media.', globalId('Media', id))
  return media
}

/** What is changed as a whole and cannot be locked row by row. */
const structures = { folders: 1, resources: 2 } as const

/**
 * One at a time in the whole system, until the transaction ends: moving branches of a tree must not make a cycle.
 * Taken before any user or media is locked, never after. Whoever adds links (link, restore, merge) holds `resources`: a resource
 * that is being deleted gets no new ones.
 */
export const lockStructure = async (transaction: Transaction, name: keyof typeof structures): Promise<void> => {
  await transaction.$queryRaw(Prisma.sql`SELECT pg_advisory_xact_lock(7301, ${structures[name]}::int)::text`)
}
