import { describe, expect } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { type Clients, it } from './readingIt.ts'

const expectEqualReads = async (
  { prisma, compiled, fallbacks, failures }: Clients,
  read: (client: Database) => PromiseLike<unknown>,
): Promise<void> => {
  fallbacks.length = 0
  failures.length = 0
  const [expected, actual] = [await read(prisma), await read(compiled)]
  expect(actual).toStrictEqual(expected)
  expect([fallbacks, failures]).toEqual([[], []])
}

/** Whether both clients reject the same call. */
const outcomesOf = ({ prisma, compiled }: Clients, read: (client: Database) => PromiseLike<unknown>) =>
  Promise.all(
    [prisma, compiled].map((client) =>
      Promise.resolve(read(client)).then(
        () => 'rows',
        (error: Error) => error.name,
      ),
    ),
  )

describe('a compiled read returns what Prisma returns', () => {
  it.for(['NaN', 'Infinity', '-Infinity', '-0', '5e-324', '1.7976931348623157e308'])(
    'for the number %s',
    async (number, { clients }) => {
      await clients.prisma.$executeRaw`UPDATE "Rendition" SET percent = ${number}::text::float8`
      await expectEqualReads(clients, (client) => client.rendition.findMany({ orderBy: { id: 'asc' } }))
    },
  )

  it.for([
    '0001-01-01 00:00:00',
    '1883-11-18 12:03:58.001',
    '1969-12-31 23:59:59.999',
    '1970-01-01 00:00:00.001',
    '2000-02-29 23:59:59.999',
    '2024-03-31 02:30:00',
    '9999-12-31 23:59:59.999',
  ])('for the time %s', async (time, { clients }) => {
    await clients.prisma.$executeRaw`UPDATE "Media" SET "uploadedAt" = ${time}::text::timestamp`
    const uploadedAt = new Date(`${time.replace(' ', 'T')}Z`)
    await expectEqualReads(clients, (client) =>
      client.media.findMany({ where: { uploadedAt }, orderBy: { id: 'asc' }, select: { id: true, uploadedAt: true } }),
    )
    expect(await clients.compiled.media.count({ where: { uploadedAt } })).toBe(10)
  })

  it.for(['null', '"null"', '[]', '{"__proto__":{"a":1},"b":[null]}', '123456789012345678901234567890', '1e400'])(
    'for the JSON %s',
    async (json, { clients }) => {
      await clients.prisma.$executeRaw`UPDATE "MediaVersion" SET failure = ${json}::text::jsonb, warnings = NULL`
      await expectEqualReads(clients, (client) => client.mediaVersion.findMany({ orderBy: { id: 'asc' } }))
    },
  )

  it('for an empty list of values', async ({ clients }) => {
    await expectEqualReads(clients, (client) =>
      client.media.findMany({ where: { description: { in: [] } }, include: { usages: true } }),
    )
  })

  it('for all values except those of an empty list', async ({ clients }) => {
    await expectEqualReads(clients, (client) =>
      client.media.findMany({ where: { description: { notIn: [] } }, orderBy: { id: 'asc' } }),
    )
  })

  it('for a relation that no row has', async ({ clients }) => {
    await clients.prisma.mediaUsage.deleteMany()
    await expectEqualReads(clients, (client) =>
      client.media.findMany({ include: { usages: { include: { resource: true } } }, orderBy: { id: 'asc' } }),
    )
  })
})

describe('a compiled read refuses what Prisma refuses', () => {
  it('such as a compound key without one of its parts', async ({ clients }) => {
    const { id } = await clients.prisma.media.findFirstOrThrow()
    const part: object = { mediaId: id, resourceId: undefined }
    const where = { mediaId_resourceId: part as { mediaId: string; resourceId: string } } // as: the fault under test
    const outcomes = await outcomesOf(clients, (client) => client.mediaUsage.findUnique({ where }))
    expect(outcomes).toEqual(['PrismaClientValidationError', 'PrismaClientValidationError'])
  })

  it('such as a text that is no id, without a statement of its own', async ({ clients }) => {
    clients.failures.length = 0
    const outcomes = await outcomesOf(clients, (client) => client.media.findMany({ where: { id: 'no id' } }))
    expect(outcomes[1]).toBe(outcomes[0])
    expect(outcomes[1]).not.toBe('rows')
    expect(clients.failures).toEqual([])
  })
})
