import { describe, expect, it } from 'vitest'
import { datamodel } from '../../../prisma/generated/reading.ts'
import type { DatamodelDocument, FieldDocument } from '../../../src/adapters/reading/datamodel.ts'
import { createModels, type Models } from '../../../src/adapters/reading/model.ts'
import { compileRead } from '../../../src/adapters/reading/statement.ts'

const field = (name: string, type: string, details: Partial<FieldDocument> = {}): FieldDocument => ({
  name,
  column: name,
  kind: 'scalar',
  type,
  isList: false,
  isRequired: true,
  isUnique: false,
  nativeType: null,
  nativeArguments: [],
  relationName: null,
  from: [],
  to: [],
  ...details,
})

const relation = (name: string, type: string, details: Partial<FieldDocument>): FieldDocument =>
  field(name, type, { kind: 'object', relationName: 'shelf', ...details })

/** Shelves have a compound key, and names of their own in the database. */
const library: DatamodelDocument = {
  enums: [{ name: 'Colour', type: 'Colour', values: [{ name: 'RED', stored: 'red' }] }],
  models: [
    {
      name: 'Shelf',
      table: 'shelves',
      schema: 'library',
      primaryKey: ['room', 'number'],
      compoundKeys: [{ name: 'room_number', fields: ['room', 'number'] }],
      fields: [
        field('room', 'String'),
        field('number', 'Int', { column: 'shelf_number' }),
        relation('books', 'Book', { isList: true }),
      ],
    },
    {
      name: 'Book',
      table: 'Book',
      schema: 'public',
      primaryKey: [],
      compoundKeys: [],
      fields: [
        field('title', 'String'),
        field('room', 'String'),
        field('shelf', 'Int'),
        field('colour', 'Colour', { kind: 'enum' }),
        field('price', 'Decimal'),
        field('printedAt', 'DateTime', { nativeType: 'Timestamptz', nativeArguments: ['6'] }),
        relation('on', 'Shelf', { from: ['room', 'shelf'], to: ['room', 'number'] }),
      ],
    },
  ],
}

const compile = (models: Models, name: string, args: Record<string, unknown>) => {
  const model = models.get(name)
  if (model === undefined) throw new Error(`There is no model ${name}.`)
  return compileRead(models, model, args)
}

describe('a relation', () => {
  const models = createModels(library)

  it('by a compound key joins all of its columns', () => {
    expect(compile(models, 'Shelf', { select: { books: { select: { title: true } } } }).text).toBe(
      'SELECT json_agg(_row)::text FROM (SELECT (SELECT json_agg(_row) FROM (SELECT t1."title" FROM "public"."Book" t1' +
        ' WHERE t1."room" = t0."room" AND t1."shelf" = t0."shelf_number") AS _row) AS "books" FROM "library"."shelves" t0) AS _row',
    )
  })

  it('to a column that has another name in the database returns it under the name of the field', () => {
    expect(compile(models, 'Book', { select: { on: true } }).text).toContain('t1."shelf_number" AS "number"')
  })
})

describe('a relation without a foreign key', () => {
  const relations = [{ from: 'Media', name: 'history', to: 'Event', keys: { id: 'mediaId' } }]
  const models = createModels(datamodel, relations)

  it('is read like any other list', () => {
    const history = { select: { action: true }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 5 }
    const { text, values } = compile(models, 'Media', { select: { history } })
    expect(text).toContain(
      'FROM "public"."Event" t1 WHERE t1."mediaId" = t0."id" ORDER BY t1."at" DESC, t1."id" DESC LIMIT $1::int8',
    )
    expect(values).toEqual(['5'])
  })

  it('to an unknown model is refused', () => {
    expect(() => createModels(library, [{ from: 'Book', name: 'x', to: 'Author', keys: {} }])).toThrow(
      'Book.x leads to an unknown model.',
    )
  })
})

describe('a read', () => {
  const models = createModels(library)

  it.for([
    ['a type that is not compiled', 'Book', { select: { price: true } }],
    ['a time with microseconds', 'Book', { select: { printedAt: true } }],
    ['an enum with other values in the database', 'Book', { select: { colour: true } }],
    ['a whole row with such a column', 'Book', {}],
    ['a limit without an order in a model without a primary key', 'Book', { select: { title: true }, take: 1 }],
    ['both select and include', 'Shelf', { select: { room: true }, include: { books: true } }],
    ['an included column', 'Shelf', { include: { room: true } }],
    ['an empty selection', 'Shelf', { select: { room: false } }],
    ['an unknown field', 'Shelf', { select: { pages: true } }],
    ['an unknown filter', 'Shelf', { where: { pages: 1 } }],
    ['an unknown operator', 'Shelf', { where: { room: { startsWith: 'a' } } }],
    ['an operator with the name of a property of all objects', 'Shelf', { where: { room: { constructor: 'a' } } }],
    ['a direction with such a name', 'Shelf', { orderBy: { room: 'constructor' } }],
    ['a value of another type', 'Shelf', { where: { number: '1' } }],
    ['a number that the column cannot hold', 'Shelf', { where: { number: 2 ** 31 } }],
    ['a text that PostgreSQL cannot store', 'Shelf', { where: { room: '\0' } }],
    ['half a character', 'Shelf', { where: { room: '\uD83D' } }],
    ['null for a required field', 'Shelf', { where: { room: null } }],
    ['null in a list', 'Shelf', { where: { room: { in: [null] } } }],
    ['a special value of Prisma', 'Shelf', { where: { room: new (class Skip {})() } }],
    ['an empty filter of one related row', 'Book', { select: { title: true }, where: { on: {} } }],
    ['a relation filter other than some', 'Shelf', { where: { books: { none: { title: 'a' } } } }],
    ['rows from the end', 'Shelf', { take: -1 }],
    ['a cursor', 'Shelf', { cursor: { room: 'a' } }],
    ['an order by relation', 'Shelf', { orderBy: { books: { _count: 'asc' } } }],
    ['an order by two fields of one object', 'Shelf', { orderBy: { room: 'asc', number: 'asc' } }],
  ] as const)('with %s is left to Prisma', ([, name, args]) => {
    expect(() => compile(models, name, args)).toThrow(
      expect.objectContaining({ constructor: expect.toSatisfy((type) => type.name === 'Unsupported') }),
    )
  })

  it('ignores what is undefined', () => {
    const args = {
      select: undefined,
      where: { room: undefined, number: { gt: undefined } },
      orderBy: [{}],
      take: undefined,
    }
    expect(compile(models, 'Shelf', args)).toMatchObject({ text: compile(models, 'Shelf', {}).text, values: [] })
  })
})

it('A name that could end its quotes is refused', () => {
  const [shelf, ...others] = library.models
  if (shelf === undefined) throw new Error('There is no shelf.')
  expect(() => createModels({ ...library, models: [{ ...shelf, table: 'a" WHERE true' }, ...others] })).toThrow(
    'cannot be an identifier',
  )
})
