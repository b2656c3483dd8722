import { describe, expect, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { unknownUuid } from '../../harness/ids.ts'
import { type Clients, it } from './readingIt.ts'

const capture = async <T>({ statements }: Clients, run: () => Promise<T>): Promise<[T, number]> => {
  statements.length = 0
  return [await run(), statements.length]
}

const listIds = async ({ prisma }: Clients): Promise<string[]> =>
  (await prisma.media.findMany({ select: { id: true }, orderBy: { id: 'asc' } })).map(({ id }) => id)

describe('findUnique', () => {
  it('reads all ids of one moment with one statement', async ({ clients }) => {
    const ids = [...(await listIds(clients)), unknownUuid]
    const find = async (id: string) => (await clients.compiled.media.findUnique({ where: { id } }))?.id ?? null
    const [found, count] = await capture(clients, () => Promise.all(ids.map(find)))
    expect(found).toEqual([...ids.slice(0, -1), null])
    expect(count).toBe(1)
  })

  it('reads different selections of one moment with one statement each', async ({ clients }) => {
    const [id = ''] = await listIds(clients)
    const { media } = clients.compiled
    const [rows, count] = await capture(clients, () =>
      Promise.all([
        media.findUnique({ where: { id }, select: { id: true } }),
        media.findUnique({ where: { id, deletedAt: null }, select: { id: true } }),
        media.findUnique({ where: { id, deletedAt: { not: null } }, select: { id: true } }),
      ]),
    )
    expect(rows.filter((row) => row !== null)).toEqual([{ id }, { id }])
    expect(count).toBe(3)
  })

  it('gives each caller a row of its own', async ({ clients }) => {
    const [id = ''] = await listIds(clients)
    const find = () => clients.compiled.media.findUnique({ where: { id } })
    const [[first, second], count] = await capture(clients, () => Promise.all([find(), find()]))
    expect(first).toStrictEqual(second)
    expect(first).not.toBe(second)
    expect(count).toBe(1)
  })

  it('reads ids with one statement if their selection lacks the id', async ({ clients }) => {
    const ids = await listIds(clients)
    const find = (id: string) => clients.compiled.media.findUnique({ where: { id }, select: { title: true } })
    const [titles, count] = await capture(clients, () => Promise.all(ids.map(find)))
    expect(titles).toEqual(await clients.prisma.media.findMany({ select: { title: true }, orderBy: { id: 'asc' } }))
    expect(count).toBe(1)
  })

  it('finds an id in upper case', async ({ clients }) => {
    const [id = ''] = await listIds(clients)
    const where = { id: id.toUpperCase() }
    expect(await clients.compiled.media.findUnique({ where, select: { id: true } })).toEqual({ id })
  })

  it('finds a row by a compound key', async ({ clients }) => {
    const usage = await clients.prisma.mediaUsage.findFirstOrThrow()
    const { mediaId, resourceId } = usage
    const where = { mediaId_resourceId: { mediaId, resourceId } }
    const [found, count] = await capture(clients, () => clients.compiled.mediaUsage.findUniqueOrThrow({ where }))
    expect(found).toStrictEqual(usage)
    expect(count).toBe(1)
  })

  it('finds a row by a key that is no id', async ({ clients }) => {
    const [blob] = await clients.prisma.blob.findMany({ take: 1 })
    const { sha256 = '' } = blob ?? {}
    expect(await clients.compiled.blob.findUnique({ where: { sha256 } })).toStrictEqual(blob)
  })
})

describe('a missing row', () => {
  const codeOf = (read: PromiseLike<unknown>) =>
    Promise.resolve(read).then(
      () => null,
      (error: { code?: string }) => error.code,
    )

  it('is refused by findUniqueOrThrow as Prisma does', async ({ clients }) => {
    expect(await codeOf(clients.compiled.media.findUniqueOrThrow({ where: { id: unknownUuid } }))).toBe('P2025')
  })

  it('is refused by findFirstOrThrow as Prisma does', async ({ clients }) => {
    expect(await codeOf(clients.compiled.media.findFirstOrThrow({ where: { id: unknownUuid } }))).toBe('P2025')
  })

  it('is null otherwise', async ({ clients }) => {
    const { media } = clients.compiled
    expect(await media.findUnique({ where: { id: unknownUuid } })).toBeNull()
    expect(await media.findFirst({ where: { id: unknownUuid } })).toBeNull()
  })
})

describe('a read', () => {
  it('starts when it is awaited', async ({ clients }) => {
    const [, count] = await capture(clients, async () => {
      void clients.compiled.media.findMany()
      await clients.compiled.user.findFirst()
    })
    expect(count).toBe(1)
  })

  it('runs once, however often it is awaited', async ({ clients }) => {
    const [, count] = await capture(clients, async () => {
      const read = clients.compiled.media.findMany()
      expect(await read).toBe(await read)
    })
    expect(count).toBe(1)
  })

  it('can be part of a transaction of several calls', async ({ clients }) => {
    const { media, user } = clients.compiled
    const [rows, users] = await clients.compiled.$transaction([media.findMany(), user.count()])
    expect(rows.length).toBeGreaterThan(0)
    expect(users).toBe(6)
  })

  it('of a transaction sees what the transaction wrote', async ({ clients }) => {
    const { compiled } = clients
    const name = await compiled.$transaction(async (transaction) => {
      const { id } = await transaction.folder.create({ data: { name: 'only here' } })
      const folder = await transaction.folder.findUniqueOrThrow({ where: { id } })
      await transaction.folder.delete({ where: { id } })
      return folder.name
    })
    expect(name).toBe('only here')
  })

  it('of a relation of one row is answered by Prisma', async ({ clients }) => {
    const usage = await clients.prisma.mediaUsage.findFirstOrThrow()
    const media = clients.compiled.mediaUsage.findUnique({ where: { id: usage.id } }).media()
    expect((await media)?.id).toBe(usage.mediaId)
  })

  it('whose value the database refuses fails as with Prisma', async ({ clients }) => {
    const codeOf = ({ media }: Clients['prisma']) =>
      media.findMany({ where: { id: 'no uuid' } }).then(
        () => null,
        (error: { code: string }) => error.code,
      )
    expect(await codeOf(clients.compiled)).toBe(await codeOf(clients.prisma))
    expect(await codeOf(clients.compiled)).not.toBeNull()
  })
})

it('A database that only compiled reads have used can be closed', async ({ testDatabase }) => {
  const database = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
  onTestFinished(() => database.$disconnect())
  await database.user.findMany()
  await database.$disconnect()
  const prisma = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
  onTestFinished(() => prisma.$disconnect())
  await expect
    .poll(
      () =>
        prisma.$queryRaw`SELECT 1 FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid() AND datname = current_database()`,
    )
    .toEqual([])
})
