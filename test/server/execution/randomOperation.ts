import fc from 'fast-check'
import { buildSchema, type GraphQLSchema, isObjectType } from 'graphql'

/** Schema in which every place of an answer can hold any kind of value, also those that its type does not allow. */
const typeDefs = `
  interface Named { name: String! }
  type Leaf implements Named { name: String!, size: Int, flag: Boolean!, id: ID!, kind: Kind, kinds: [Kind!], parts(first: Int! = 2): [Part] }
  type Part implements Named { name: String!, leaf: Leaf, leaves: [Leaf!]!, any: Any, named: Named!, ratio: Float }
  union Any = Leaf | Part
  enum Kind { VIDEO AUDIO }
  type Query { leaf(first: Int): Leaf, required: Part!, parts: [Part], leaves: [[Leaf!]!], any: Any, anys: [Any!]!, named: Named, name: String }
`

const leafFields = [
  'name',
  'size',
  'flag',
  'id',
  'kind',
  'kinds',
  '__typename',
  'label: name',
  'then: size',
  '__proto__: name',
]
const fragments = `
  fragment leafParts on Leaf { id ... on Named { name } parts(first: $first) { name ratio } }
  fragment partLeaf on Part { leaf { ...leafParts } }`

const condition = fc.constantFrom(
  '',
  '',
  '',
  ' @skip(if: $flag)',
  ' @include(if: $flag)',
  ' @skip(if: true) @include(if: true)',
)

const selection: Record<'Leaf' | 'Part' | 'Any' | 'Named', (depth: number) => fc.Arbitrary<string>> = {
  Leaf: (depth) =>
    fields(fc.constantFrom(...leafFields), [
      ...(depth > 0 ? [nested('parts(first: $first)', 'Part', depth), nested('more: parts', 'Part', depth)] : []),
      fc.constant('...leafParts'),
    ]),
  Part: (depth) =>
    fields(
      fc.constantFrom('name', 'ratio', '__typename', 'other: ratio'),
      depth > 0
        ? [
            nested('leaf', 'Leaf', depth),
            nested('leaves', 'Leaf', depth),
            nested('any', 'Any', depth),
            nested('named', 'Named', depth),
            fc.constant('...partLeaf'),
          ]
        : [],
    ),
  Any: (depth) =>
    fields(fc.constant('__typename'), [
      nested('... on Leaf', 'Leaf', depth),
      nested('... on Part', 'Part', depth),
      nested('... on Named', 'Named', 0),
    ]),
  Named: (depth) => fields(fc.constantFrom('name', '__typename'), [nested('... on Part', 'Part', depth)]),
}

const nested = (head: string, type: keyof typeof selection, depth: number): fc.Arbitrary<string> =>
  fc.tuple(condition, selection[type](Math.max(0, depth - 1))).map(([directive, body]) => `${head}${directive} ${body}`)

const fields = (plain: fc.Arbitrary<string>, others: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.tuple(plain, condition).map(([name, directive]) => `${name}${directive}`),
        ...others,
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((parts) => `{ ${parts.join(' ')} }`)

/** Operations over the schema. */
export const operations: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      nested('leaf(first: $first)', 'Leaf', 2),
      nested('required', 'Part', 2),
      nested('parts', 'Part', 2),
      nested('leaves', 'Leaf', 1),
      nested('any', 'Any', 2),
      nested('anys', 'Any', 2),
      nested('named', 'Named', 1),
      fc.constantFrom('name', '__typename', 'title: name', '__schema { queryType { name } }'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `query ($first: Int! = 1, $flag: Boolean! = false) { ${parts.join(' ')} } ${fragments}`)

/** Values that a resolver can return in place of the right one. */
const faults = [
  () => null,
  () => undefined,
  () => new Error('returned'),
  () => {
    throw new Error('thrown')
  },
  () => {
    const rejected = Promise.reject(new Error('rejected'))
    rejected.catch(() => undefined) // it may stand in a list that is not read to the end
    return rejected
  },
  () => {
    throw 'text'
  },
  () => {
    throw new AggregateError([new Error('one'), new Error('two')])
  },
  () => ({ wrong: true }),
  () => 'wrong',
  () => Number.NaN,
]

const rightValues: Record<string, unknown> = { name: 'n', size: 3, flag: true, id: 'i', kind: 'VIDEO', ratio: 1.5 }
const lists: Record<string, number> = { kinds: 1, parts: 1, leaves: 1, anys: 1 }

/** Builds a schema whose resolvers are driven by numbers: the same numbers give the same values and faults. */
export const createSchema = (numbers: readonly number[]): GraphQLSchema => {
  const schema = buildSchema(typeDefs)
  const types = ['Leaf', 'Part']
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      // Without a resolver, the property is read.
      if (field.name === 'size') continue
      if (field.name === 'ratio') {
        field.resolve = (row: { size?: number }) => faults[(row.size ?? 0) % 20]?.() ?? 1.5
        continue
      }
      field.resolve = (_source, args, _context, { path, variableValues, fieldNodes }) => {
        let hash = fieldNodes.length
        for (let place: typeof path | undefined = path; place !== undefined; place = place.prev)
          for (const character of `${place.key}${place.typename}`) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
        const number = (numbers[hash % numbers.length] ?? 0) + hash
        const item = (index: number): unknown => {
          const variant = (number + index * 7) % 60
          const fault = faults[variant]
          if (fault !== undefined && number % 3 === 0) return fault()
          const value =
            field.name in rightValues
              ? rightValues[field.name]
              : field.name === 'kinds'
                ? 'AUDIO'
                : { __typename: types[variant % 2], size: variant, name: 'p' }
          return variant % 5 === 0 ? Promise.resolve(value) : value
        }
        if (number % 23 === 0) return JSON.stringify([args, variableValues])
        const count = Number(args['first'] ?? 2)
        const depth = type.name === 'Query' && field.name === 'leaves' ? 2 : (lists[field.name] ?? 0)
        const list = () => Array.from({ length: Math.min(3, Math.abs(count)) }, (_, index) => item(index))
        return depth === 0 ? item(0) : depth === 1 ? list() : [list(), list()]
      }
    }
  }
  return schema
}
