import type { Random } from './random.ts'

/** Valid documents, to be made hostile. */
export const documents = [
  '{ viewer { id name role } }',
  '{ mediaList(first: 3) { nodes { id title usages { nodes { resource { title } } } } pageInfo { endCursor } } }',
  'query Q($id: ID!, $first: Int = 2) { node(id: $id) { id ... on Media { versions(first: $first) { nodes { number } } } } }',
  'query A { viewer { ...F } } query B { tags { name } } fragment F on User { name }',
  'mutation M($input: MediaUpdateInput!) { mediaUpdate(input: $input) { __typename ... on Error { message } } }',
  'subscription S($ids: [ID!]!) { mediaProgress(ids: $ids) { mediaId } }',
  'query I { __schema { types { name fields { name type { name ofType { name } } } } } }',
]
const tokens = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '...',
  'on',
  '@',
  '$',
  '!',
  ':',
  '"',
  '"""',
  '\\u0000',
  '\\u{110000}',
  '#',
  '&',
  '|',
  '=',
  '-1',
  '1e999',
  '\0',
  '\ud800',
  'null',
]
/** Values that are hostile wherever one is expected. */
export const values: unknown[] = [
  ...[null, '', 0, -0, 1.5, 1e308, 2 ** 53, true, [], [[[[]]]], {}, { a: { b: [null] } }, 'x'.repeat(70_000)],
  ...[
    "' OR 1=1 --",
    '\0',
    '\ud800',
    '%_\\',
    '$$',
    '{}',
    '1',
    'Media:1',
    '__proto__',
    { __proto__: null, constructor: 1 },
  ],
]

export const repeat = (text: string, count: number): string => text.repeat(count)

/** Texts that are hostile as documents. */
export const documentKinds: Record<string, (random: Random) => string> = {
  'changed characters': (random) => {
    const text = [...random.one(documents)]
    for (let count = random.integer(1, 5); count > 0; count--) text[random.integer(0, text.length)] = random.one(tokens)
    return text.join('')
  },
  'cut document': (random) => {
    const text = random.one(documents)
    return text.slice(random.integer(0, 10), random.integer(0, text.length))
  },
  'many aliases': (random) =>
    `{ ${Array.from({ length: random.one([29, 31, 500, 20_000]) }, (_, index) => `a${index}: viewer { id }`).join(' ')} }`,
  'deep selection': (random) => {
    const depth = random.one([11, 13, 500, 40_000])
    return `{ viewer ${repeat('{ currentAssignment { user ', depth)}{ id } ${repeat('} }', depth)} }`
  },
  'deep value': (random) => {
    const depth = random.one([5, 900, 40_000])
    return `{ mediaList(filter: ${repeat('[', depth)}1${repeat(']', depth)}) { totalCount } }`
  },
  'deep type': (random) => {
    const depth = random.one([5, 900, 40_000])
    return `query ($a: ${repeat('[', depth)}Int${repeat(']', depth)}) { viewer { id } }`
  },
  'circular fragments': (random) => {
    const count = random.integer(1, 20)
    const names = Array.from({ length: count }, (_, index) => index)
    return `{ viewer { ...F0 } } ${names.map((index) => `fragment F${index} on User { id ...F${(index + 1) % count} ... { ...F${random.integer(0, count - 1)} } }`).join(' ')}`
  },
  'fragments that double': (random) => {
    const count = random.integer(5, 60)
    const names = Array.from({ length: count }, (_, index) => index)
    return `{ viewer { ...F0 } } ${names.map((index) => `fragment F${index} on User { ${index + 1 < count ? `...F${index + 1} ...F${index + 1}` : 'id'} }`).join(' ')}`
  },
  'many directives': (random) => `{ viewer { id ${repeat('@include(if: true) ', random.one([2, 31, 3000]))} } }`,
  'many root fields': (random) => `{ ${repeat('viewer { id } ', random.one([19, 21, 5000]))} }`,
  'many operations': (random) =>
    Array.from({ length: random.one([2, 700]) }, (_, index) => `query Q${index} { viewer { id } }`).join(' '),
  'many variables': (random) =>
    `query (${Array.from({ length: random.one([3, 900]) }, (_, index) => `$v${index}: Int = ${index}`).join(' ')}) { viewer { id } }`,
  'deep introspection': (random) =>
    `{ __schema { types { ${repeat('fields { type { ', random.integer(1, 20))} name ${repeat('} }', 20)} } } }`,
  'conflicting fields': () => '{ mediaList { nodes { x: id x: title } } viewer { name: id name } }',
  'huge cost': () =>
    '{ mediaList(first: 100) { nodes { usages(first: 100) { nodes { resource { usages(first: 100) { totalCount } } } } } } }',
  'schema definition': () => 'type Query { a: Int } extend type Media { a: Int } directive @a on FIELD',
  'long string': (random) =>
    `{ courses(search: "${repeat(random.one(['a', '\\u0061', '\\"', '🧪', '%']), 30_000)}") { totalCount } }`,
  'long name': () => `{ ${repeat('a', 100_000)} }`,
  'empty document': (random) => random.one(['', ' ', '#', '\uFEFF', '{', '{}', 'query', ',,,']),
}
