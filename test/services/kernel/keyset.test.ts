import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { keyset, keysetSql } from '../../../src/services/kernel/keyset.ts'
import type { Page } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts'

let testDatabase: TestDatabase
let database: Database

/** Rows of which several share their time. */
const rows = Array.from({ length: 12 }, (_, index) => ({
  id: randomUUID(),
  name: `${index}`,
  createdAt: new Date(Date.UTC(2026, 0, 1 + (index % 3))),
}))
type Row = (typeof rows)[number]

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
  await database.folder.createMany({ data: rows })
})
afterAll(async () => {
  await database?.$disconnect()
  await testDatabase?.drop()
})

const anyIndex = fc.option(fc.nat(rows.length - 1))
const anyPage = fc.record({ limit: fc.integer({ min: 1, max: 5 }), backward: fc.boolean() })
const anyDirection = fc.constantFrom('asc' as const, 'desc' as const)

/** Checks that `fetch` returns the rows of each page in the order in which they are to be fetched. */
const checkPages = <Key>(
  keyOf: (row: Row) => Key,
  fetch: (page: Page<Key>, direction: 'asc' | 'desc') => Promise<{ id: string }[]>,
): Promise<void> => {
  const ascending = rows.toSorted((one, other) => (String(keyOf(one)) < String(keyOf(other)) ? -1 : 1))
  const keyAt = (list: Row[], index: number | null) => {
    const row = index === null ? undefined : list[index]
    return row === undefined ? null : keyOf(row)
  }
  return fc.assert(
    fc.asyncProperty(anyPage, anyDirection, anyIndex, anyIndex, async (size, direction, after, before) => {
      const list = direction === 'asc' ? ascending : ascending.toReversed()
      const between = list.slice(after === null ? 0 : after + 1, before ?? undefined)
      const expected = (size.backward ? between.toReversed() : between).slice(0, size.limit + 1)
      const fetched = await fetch({ ...size, after: keyAt(list, after), before: keyAt(list, before) }, direction)
      expect(fetched.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    }),
    { numRuns: 200 },
  )
}

const fetchBySql = (columns: Record<string, string>) => (page: Page<unknown>, direction: 'asc' | 'desc') => {
  const { bounds, orderAndLimit } = keysetSql(page, direction, columns)
  const where = Prisma.join([Prisma.sql`true`, ...bounds], ' AND ')
  return database.$queryRaw<{ id: string }[]>`SELECT "id" FROM "Folder" WHERE ${where} ${orderAndLimit}`
}

const timeAndId = ({ createdAt, id }: Row) => [createdAt.toISOString(), id]
const onlyId = ({ id }: Row) => id

it('keyset selects the rows of a page sorted by two columns', () =>
  checkPages(timeAndId, (page, direction) => database.folder.findMany(keyset(page, direction, 'createdAt', 'id'))))

it('keyset selects the rows of a page sorted by one column', () =>
  checkPages(onlyId, (page, direction) => database.folder.findMany(keyset(page, direction, 'id'))))

it('keysetSql selects the rows of a page sorted by two columns', () =>
  checkPages(timeAndId, fetchBySql({ '"createdAt"': 'timestamptz', '"id"': 'uuid' })))

it('keysetSql selects the rows of a page sorted by one column', () =>
  checkPages(onlyId, fetchBySql({ '"id"': 'uuid' })))
