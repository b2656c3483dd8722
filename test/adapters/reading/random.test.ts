import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { datamodel } from '../../../prisma/generated/reading.ts'
import { isPlainObject } from '../../../src/adapters/reading/arguments.ts'
import { createQueries, modelOf } from './queries.ts'
import { type Args, type Clients, call, it } from './readingIt.ts'

const models = [
  ...['Media', 'Media', 'MediaVersion', 'Rendition', 'MediaUsage', 'Resource', 'User', 'Folder', 'Assignment'],
  ...['AssignmentBatch', 'Operation', 'OperationItem', 'Blob', 'Event', 'EventChain', 'Upload'],
]

const readValues = async ({ prisma }: Clients) => {
  const rows = new Map<string, Args[]>()
  for (const model of new Set(models)) rows.set(model, (await call(prisma, model, 'findMany')) as Args[]) // as: rows of any model
  return (model: string, field: string) => (rows.get(model) ?? []).map((row) => row[field])
}

const describeError = (error: unknown): Args => ({
  name: error instanceof Error ? error.name : typeof error,
  code: isPlainObject(error) ? undefined : Reflect.get(Object(error), 'code'),
})

const outcomeOf = async (result: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await result
  } catch (error) {
    return describeError(error)
  }
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))

/** Sorts the lists whose order the arguments leave open. */
const normalize = (model: string, value: unknown, args: Args): unknown => {
  if (Array.isArray(value)) {
    const rows = value.map((row) => normalizeRow(model, row, args))
    const isOrdered = args['orderBy'] !== undefined || args['take'] !== undefined
    return isOrdered ? rows : rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
  }
  return normalizeRow(model, value, args)
}

const normalizeRow = (model: string, row: unknown, { select, include }: Args): unknown => {
  const fields = select ?? include
  if (!isPlainObject(row) || !isPlainObject(fields)) return row
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const field = modelOf(model).fields.find((candidate) => candidate.name === name)
      const args = fields[name]
      return [
        name,
        field?.kind === 'object' ? normalize(field.type, value, isPlainObject(args) ? { ...args } : {}) : value,
      ]
    }),
  )
}

const identifiers = new Set([
  'public',
  ...datamodel.enums.map(({ type }) => type),
  ...datamodel.models.flatMap(({ table, fields }) => [table, ...fields.map(({ column }) => column)]),
])

/** Names in quotes, parameters, numbered aliases, and the words and signs of SQL that statements are made of. */
const tokens =
  /"(\w+)"|\$\d+::(?:\w+|"\w+")(?:\[\])?|'(?:epoch|hex)'|\b(?:[A-Z]+|t\d+|_row|json_agg|to_json|encode)\b|\b(?:date_part|timestamp|int8|text|true|false|1|1000)\b|<>|[<>]?=|[<>]|::|[ ,.()*]/g

const remainderOf = (sql: string): string =>
  sql.replaceAll(tokens, (token, name?: string) => (name === undefined || identifiers.has(name) ? '' : token))

describe('a compiled read', () => {
  it('returns the rows that Prisma returns', async ({ clients }) => {
    const { prisma, compiled, statements, fallbacks, failures } = clients
    const queries = createQueries(await readValues(clients))
    const read = fc.constantFrom(...models).chain((model) => fc.tuple(fc.constant(model), queries(model)))
    let filledCount = 0
    await fc.assert(
      fc.asyncProperty(read, async ([model, args]) => {
        statements.length = 0
        fallbacks.length = 0
        const actual = await outcomeOf(call(compiled, model, 'findMany', args))
        const expected = await outcomeOf(call(prisma, model, 'findMany', args))
        expect(normalize(model, actual, args)).toStrictEqual(normalize(model, expected, args))
        expect(textOf(normalize(model, actual, args))).toBe(textOf(normalize(model, expected, args)))
        if (fallbacks.length > 0) return
        if (Array.isArray(actual) && actual.length > 0) filledCount += 1
        expect(failures).toEqual([])
        expect(statements).toHaveLength(1)
        expect(statements.map(remainderOf)).toEqual([''])
      }),
      { numRuns: Number(process.env['READING_RUNS'] ?? 300) },
    )
    expect(filledCount).toBeGreaterThan(100)
  })
})
