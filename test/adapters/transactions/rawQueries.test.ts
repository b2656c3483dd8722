import { describe, expect } from 'vitest'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { it } from './transactionsIt.ts'

const columns = [
  `1::int2, 2::int4, 9007199254740993::int8, 1.5::float4, 1e300::float8, 12.340::numeric`,
  `true, false, NULL::bool, NULL::int, NULL::timestamptz, NULL::jsonb, NULL::text[]`,
  `'text'::text, 'x'::varchar, 'y'::bpchar, 'name'::name, 'VIDEO'::"MediaKind"`,
  `'2024-02-29 12:34:56.789123+02'::timestamptz, '2024-02-29 12:34:56'::timestamp, '2024-02-29'::date, '12:34:56.5'::time`,
  `'{"a": [1, null, "ü"]}'::jsonb, '[1.0]'::json, 'null'::jsonb, '"text"'::jsonb`,
  `'\\x00ff10'::bytea, '019a5b3c-0000-7000-8000-000000000000'::uuid, 5::oid`,
  `ARRAY[1, NULL]::int[], ARRAY[9007199254740993]::int8[], ARRAY['a', NULL, 'b,"']::text[], ARRAY[1.5]::float8[]`,
  `ARRAY['019a5b3c-0000-7000-8000-000000000000']::uuid[], ARRAY['VIDEO']::"MediaKind"[], ARRAY[true]::bool[]`,
  `ARRAY['{"a": 1}', NULL]::jsonb[], ARRAY[now() - now() + '2024-01-01'::timestamptz], ARRAY['\\x00']::bytea[], ARRAY[1.10]::numeric[]`,
  `ARRAY['2024-02-29']::date[], ARRAY['12:00']::time[]`,
]

const values: [string, unknown][] = [
  ['a text', 'text with "quotes" and ünïcode 😀'],
  ['an empty text', ''],
  ['an integer', 42],
  ['a large integer', 2 ** 40],
  ['a fraction', 0.1],
  ['a bigint', 2n ** 60n],
  ['true', true],
  ['null', null],
  ['a time', new Date('2024-02-29T12:34:56.789Z')],
  ['a time without milliseconds', new Date('0099-01-01T00:00:00.000Z')],
  ['a list of texts', ['a', 'b,"{}\\', '']],
  ['an empty list', []],
  ['a list with null', ['a', null]],
  ['bytes', Buffer.from('bytes')],
]

describe('a raw query of a transaction', () => {
  it.for(columns)('returns %s as Prisma does', async (list, { runBoth }) => {
    const names = list.split(/, (?![^[(']*['\])])/).join(', ')
    const { ours, prismas } = await runBoth(
      (transaction) => transaction.$queryRaw`SELECT t.* FROM (SELECT ${Prisma.raw(names)}) AS t`,
    )
    expect(ours).toEqual(prismas)
    expect(ours).toMatchObject({ result: [expect.anything()] })
  })

  it.for(values)('sends %s as Prisma does', async ([_name, value], { runBoth }) => {
    const { ours, prismas } = await runBoth(
      (transaction) => transaction.$queryRaw`SELECT ${value}::text AS "text", pg_typeof(${value})::text AS "type"`,
    )
    expect(ours).toEqual(prismas)
  })

  it('returns no rows as an empty list', async ({ runBoth }) => {
    const { ours, prismas } = await runBoth((transaction) => transaction.$queryRaw`SELECT 1 AS "one" WHERE false`)
    expect(ours).toEqual({ result: [] })
    expect(prismas).toEqual(ours)
  })

  it('composes statements from fragments', async ({ runBoth }) => {
    const condition = Prisma.sql`n > ${3} AND n < ${7}`
    const { ours, prismas } = await runBoth((transaction) =>
      transaction.$queryRaw(Prisma.sql`SELECT n FROM generate_series(1, ${9}::int) AS n WHERE ${condition}`),
    )
    expect(ours).toEqual({ result: [{ n: 4 }, { n: 5 }, { n: 6 }] })
    expect(prismas).toEqual(ours)
  })

  it('counts the rows that it changes', async ({ runBoth }) => {
    const { ours, prismas } = await runBoth(async (transaction) => {
      await transaction.$executeRaw`CREATE TEMPORARY TABLE numbers (n int) ON COMMIT DROP`
      const inserted = await transaction.$executeRaw`INSERT INTO numbers SELECT generate_series(1, ${5}::int)`
      return [inserted, await transaction.$executeRaw`SELECT * FROM numbers`]
    })
    expect(ours).toEqual({ result: [5, 5] })
    expect(prismas).toEqual(ours)
  })
})
