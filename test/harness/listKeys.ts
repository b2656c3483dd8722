import type { Database } from '../../src/services/kernel/ports.ts'

const undoableUntil = new Date('2026-01-01')

/** Gives a seeded library equal and missing keys of its orders, and users with a current and a former assignment. */
export const seedListKeys = async (database: Database): Promise<void> => {
  await database.$executeRaw`
    UPDATE "MediaVersion" SET "durationSeconds" = 60.25
    WHERE "durationSeconds" IS NOT NULL AND get_byte(uuid_send("id"), 15) % 3 = 0`
  await database.$executeRaw`
    UPDATE "Media" SET "title" = 'Lecture ' || get_byte(uuid_send("id"), 14) % 5 WHERE get_byte(uuid_send("id"), 15) % 4 = 0`
  await database.$executeRaw`
    UPDATE "Media" SET "purgeAt" = NULL WHERE "deletedAt" IS NOT NULL AND get_byte(uuid_send("id"), 15) % 3 = 0`
  await database.$executeRaw`
    UPDATE "Media" SET "deletedAt" = '2026-01-02' WHERE "deletedAt" IS NOT NULL AND get_byte(uuid_send("id"), 14) % 2 = 0`
  const users = await database.user.findMany({ orderBy: { id: 'asc' }, take: 4, select: { id: true } })
  const media = await database.media.findMany({ where: { deletedAt: null }, orderBy: { id: 'asc' }, take: 3 })
  const [first, second = first] = media
  if (first === undefined || second === undefined) throw new Error('The library has no media.')
  const assign = (userId: string, { id, title }: typeof first, status: 'CURRENT' | 'REPLACED') => {
    const times = { assignedAt: undoableUntil, undoableUntil }
    return { userId, mediaId: id, heldMediaId: id, mediaTitle: title, status, ...times }
  }
  await database.assignment.createMany({
    data: users.flatMap(({ id }, index) => [
      assign(id, second, 'REPLACED'),
      assign(id, index === 0 ? second : first, 'CURRENT'),
    ]),
  })
}
