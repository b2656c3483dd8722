import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unknownUuid } from '../harness/ids.ts'
import { seedMediaId } from '../harness/seed.ts'
import { type GraphqlResult, openWorld, type World } from '../harness/world.ts'

let world: World
let authorization: string
let mediaId: string

beforeAll(async () => {
  world = await openWorld()
  authorization = `Bearer ${await world.token('admin', 'Root')}`
  mediaId = await seedMediaId(world, { uploader: 'Root', kind: 'IMAGE', status: 'READY' })
})
afterAll(() => world?.close())

/** `variables` as JSON text, since what is forged may not survive being written anew. */
const post = async (query: string, variables: string) => {
  const response = await fetch(world.graphqlUrl, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  })
  return (await response.json()) as GraphqlResult // as: what GraphQL over HTTP says it is
}

const readCode = async (query: string, variables: string): Promise<string> => {
  const { errors } = await post(query, variables)
  return errors?.map(({ extensions }) => extensions?.code).join() ?? 'no error'
}

const uuid = `"${unknownUuid}"`
const texts = ['"a\\u0000"', '"\\ud800"', '"\\udc00x"', '7', 'null', '["a"]', `"${'x'.repeat(2001)}"`]
const uuids = ['"1"', '"019a5b3c-0000-7000-8000-00000000000\\u0000"', '7', 'null']
const times = [
  ...['"0000-01-01T00:00:00.000Z"', '"-000001-01-01T00:00:00.000Z"', '"+275760-09-13T00:00:00.000Z"'],
  ...['"9999-12-31T23:59:59.999Z"', '"2026-02-30T00:00:00.000Z"', '"2026-01-01T00:00:00Z"', '"2026-01-01"'],
  ...['"infinity"', '"NaN"', '""', '1767225600000', '-0', 'null'],
]
const ints = ['-0', '1.5', '2147483648', '-2147483649', '9007199254740993', '1e999', '1e2', '"NaN"', '"1"', 'null']
const digits = ['"-1"', '"-0"', '"007"', '"1e3"', '"NaN"', '"99999999999999999999"', '"1\\u0000"', '5', 'null']

/** A list with what its cursors are made of: which keys are right, and what stands for each part when forged. */
interface ListCase {
  name: string
  query: string
  valid: string[]
  invalid: string[][]
}

const mediaQuery = (field: string) =>
  `query ($id: ID!, $after: String, $before: String) { media(id: $id) { ${field}(after: $after, before: $before) { edges { cursor } } } }`
const rootQuery = (field: string, more = '') =>
  `query ($after: String, $before: String) { ${field}(after: $after, before: $before${more}) { edges { cursor } } }`
const time = '"2026-01-01T00:00:00.000Z"'

const lists: ListCase[] = [
  { name: 'events:AT', query: mediaQuery('history'), valid: [time, uuid], invalid: [times, uuids] },
  { name: 'usages', query: mediaQuery('usages'), valid: [uuid], invalid: [uuids] },
  { name: 'versions', query: mediaQuery('versions'), valid: ['1'], invalid: [ints] },
  { name: 'courses', query: rootQuery('courses'), valid: ['"a"', uuid], invalid: [texts, uuids] },
  { name: 'operations:CREATED_AT', query: rootQuery('operations'), valid: [time, uuid], invalid: [times, uuids] },
  ...(['UPLOADED_AT', 'UPDATED_AT', 'FILE_NAME', 'SIZE', 'USAGE_COUNT', 'RELEVANCE'] as const).map((by): ListCase => {
    const [key, forged] = by.endsWith('_AT') ? [time, times] : by === 'FILE_NAME' ? ['"a"', texts] : ['"5"', digits]
    const more = `, filter: { search: "a" }, order: { by: ${by}, direction: ASC }`
    return {
      name: `mediaList:${by}:ASC`,
      query: rootQuery('mediaList', more),
      valid: [key, uuid],
      invalid: [forged, uuids],
    }
  }),
]

const cursor = (name: string, parts: readonly string[]): string =>
  Buffer.from(`["${name}",${parts.length === 1 ? parts[0] : `[${parts}]`}]`).toString('base64url')

describe('a forged cursor', () => {
  it.each(lists)('of $name is refused, whatever is wrong with it', async ({ name, query, valid, invalid }) => {
    const ask = (side: string, forged: string) => readCode(query, JSON.stringify({ id: mediaId, [side]: forged }))
    for (const side of ['after', 'before']) {
      expect(await ask(side, cursor(name, valid))).toBe('no error')
      const forged = [
        ...invalid.flatMap((keys, part) => keys.map((key) => valid.with(part, key))),
        [...valid, '1'],
        valid.slice(1),
      ]
      const answers = await Promise.all(
        forged.map(async (parts) => [parts.join(), await ask(side, cursor(name, parts))]),
      )
      expect(answers.filter(([, code]) => code !== 'INVALID_INPUT')).toEqual([])
    }
    const written = Buffer.from(cursor(name, valid), 'base64url').toString()
    for (const text of [` ${written}`, written.replace(',', ', '), '', '[]', 'null', '{'])
      expect(await ask('after', Buffer.from(text).toString('base64url'))).toBe('INVALID_INPUT')
  })

  it('of a list of failures is refused too, in every list of operations', async () => {
    const { database } = world.runtime.ports
    const { id: requestedById } = await database.user.findUniqueOrThrow({ where: { externalId: 'root' } })
    const operationData = { kind: 'media.tag', errorPolicy: 'REJECT_FAILED_ROWS', input: {}, total: 0 } as const
    await database.operation.create({ data: { ...operationData, requestedById, requestedRole: 'ADMIN' } })
    const query = 'query ($after: String) { operations { nodes { failures(after: $after) { edges { cursor } } } } }'
    const ask = (key: string) => readCode(query, JSON.stringify({ after: cursor('operationFailures', [key]) }))
    expect(await ask('0')).toBe('no error')
    for (const key of ints) expect(await ask(key)).toBe('INVALID_INPUT')
  })
})

/** In mutations the refusal is part of the result. */
const resultOf = async (query: string, variables: string): Promise<string> => {
  const { data, errors } = await post(query, variables)
  const [result] = Object.values(data ?? {}) as { __typename?: string; fields?: { path: string }[] }[]
  if (errors !== undefined) return errors.map(({ extensions }) => extensions?.code).join()
  return result?.fields?.map(({ path }) => path).join() ?? result?.__typename ?? 'nothing'
}

const filtered = 'query ($filter: MediaFilter) { mediaList(filter: $filter) { totalCount edges { cursor } } }'
const errorFragment = '... on InvalidInputError { fields { path } }'

describe('a value that the database cannot hold', () => {
  it.each([
    ['a year 0', '{"uploadedAfter":"0000-01-01T00:00:00Z"}'],
    ['a year 0 at the other end', '{"uploadedBefore":"0000-12-31T23:59:59Z"}'],
    ['the last moment of the year 9999', '{"uploadedBefore":"9999-12-31T23:59:59.999Z"}'],
    ['a search with NUL', '{"search":"a\\u0000b"}'],
    ['a search with half a character', '{"search":"a\\ud800b"}'],
    ['a tag with half a character', '{"tagsAny":["\\ud800"]}'],
    ['a type with NUL', '{"mimeType":"video\\u0000"}'],
    ['an external id with half a character', '{"externalId":"\\udc00"}'],
    ["a resource's external id with NUL", '{"usedIn":{"type":"course","externalId":"\\u0000x"}}'],
    ["a resource's source with NUL", '{"usedIn":{"source":"a\\u0000","type":"course","externalId":"1"}}'],
    ['days without end', '{"unusedForDays":2147483647}'],
    ['a folder with NUL in its id', '{"folderId":"Folder:\\u0000"}'],
  ])('is refused as invalid in a filter: %s', async (_what, filter) => {
    expect(await readCode(filtered, `{"filter":${filter}}`)).toBe('INVALID_INPUT')
  })

  it.each([
    ['a size beyond what a number holds', '{"minSizeBytes":9223372036854775808}'],
    ['a size without end', '{"maxSizeBytes":1e999}'],
    ['a size that is no number', '{"minSizeBytes":"NaN"}'],
    ['days beyond an int', '{"unusedForDays":2147483648}'],
    ['a time that is none', '{"uploadedAfter":"2026-02-30T00:00:00Z"}'],
    ['a time after all calendars', '{"uploadedAfter":8640000000000000}'],
    ['a time as text without end', '{"uploadedAfter":"+275760-09-13T00:00:00Z"}'],
  ])('is refused by its type in a filter: %s', async (_what, filter) => {
    expect(await readCode(filtered, `{"filter":${filter}}`)).not.toMatch(/INTERNAL|no error/)
  })

  it.each([
    ['minSizeBytes', '-0'],
    ['minSizeBytes', '-9007199254740991'],
    ['maxSizeBytes', '9007199254740991'],
    ['unusedForDays', '-0'],
  ])('is not every odd number: %s %s', async (field, value) => {
    expect(await readCode(filtered, `{"filter":{"${field}":${value}}}`)).toBe('no error')
  })

  it.each([
    ['courses', 'query ($text: String) { courses(search: $text) { edges { cursor } } }'],
    ['tags', 'query ($text: String) { tags(search: $text) { name } }'],
  ])('is refused as invalid in a search for %s', async (_what, query) => {
    for (const text of ['a\\u0000', '\\ud800'])
      expect(await readCode(query, `{"text":"${text}"}`)).toBe('INVALID_INPUT')
  })

  it('is refused as invalid where a resource is named', async () => {
    const link = `mutation ($input: MediaLinkInput!) { mediaLink(input: $input) { __typename ${errorFragment} } }`
    const submit = (resource: string) => resultOf(link, `{"input":{"mediaId":"${mediaId}","resource":${resource}}}`)
    for (const odd of ['\\u0000', '\\ud800', '\\udfff']) {
      expect(await submit(`{"type":"lesson","externalId":"1${odd}"}`)).toBe('resource.externalId')
      expect(await submit(`{"type":"lesson","externalId":"1","title":"a${odd}b"}`)).toBe('resource.title')
      expect(await submit(`{"type":"lesson","externalId":"1","url":"https://lms.example/a${odd}b"}`)).toBe(
        'resource.url',
      )
    }
    const find = 'query ($ref: ResourceRef!) { resource(ref: $ref) { id } }'
    expect(await readCode(find, '{"ref":{"type":"lesson","externalId":"\\u0000"}}')).toBe('INVALID_INPUT')
  })

  it('is refused as invalid where a media is described', async () => {
    const update = `mutation ($input: MediaUpdateInput!) { mediaUpdate(input: $input) { __typename ${errorFragment} } }`
    const fields = ['externalId', 'title', 'fileName', 'description', 'altText']
    for (const odd of ['a\\u0000b', 'a\\ud800b']) {
      for (const field of fields)
        expect(await resultOf(update, `{"input":{"id":"${mediaId}","${field}":"${odd}"}}`)).toBe(field)
      expect(await resultOf(update, `{"input":{"id":"${mediaId}","tags":["${odd}"]}}`)).toBe('tags.0')
    }
    const folder = `mutation ($input: FolderCreateInput!) { folderCreate(input: $input) { __typename ${errorFragment} } }`
    expect(await resultOf(folder, '{"input":{"name":"a\\u0000"}}')).toBe('name')
    expect(await resultOf(folder, '{"input":{"name":"a\\ud800"}}')).toBe('name')
  })

  it('is refused as invalid where bytes are announced', async () => {
    const create = `mutation ($input: MediaUploadCreateInput!) { mediaUploadCreate(input: $input) { __typename ${errorFragment} } }`
    const submit = (more: string) => resultOf(create, `{"input":{"fileName":"a.txt","sizeBytes":1,${more}}}`)
    for (const field of ['fileName', 'mimeType', 'externalId', 'title', 'note'])
      for (const odd of ['a\\u0000b', 'a\\ud800b']) expect(await submit(`"${field}":"${odd}"`)).toBe(field)
    for (const size of ['0', '-0', '-1', '9007199254740991'])
      expect(await submit(`"sizeBytes":${size}`)).toBe('sizeBytes')
  })

  it('is no number of a version, nor a lifetime, nor a count', async () => {
    const activate = `mutation ($input: MediaVersionActivateInput!) { mediaVersionActivate(input: $input) { __typename ${errorFragment} } }`
    for (const number of ['0', '-0', '-1', '-2147483648', '2147483647'])
      expect(await resultOf(activate, `{"input":{"mediaId":"${mediaId}","number":${number}}}`)).toBe('NotFoundError')
    const url = 'query ($id: ID!, $seconds: Int) { media(id: $id) { url(expiresInSeconds: $seconds) } }'
    for (const seconds of ['0', '-0', '-1', '59', '604801', '2147483647'])
      expect(await readCode(url, `{"id":"${mediaId}","seconds":${seconds}}`)).toBe('INVALID_INPUT')
    const tag = `mutation ($input: MediaBulkTagInput!) { mediaBulkTag(input: $input) { __typename ${errorFragment} } }`
    const target = (count: string) =>
      `{"input":{"add":["a"],"target":{"filter":{"used":true},"expectedCount":${count}}}}`
    expect(await resultOf(tag, target('-1'))).toBe('target.expectedCount')
    expect(await resultOf(tag, target('2147483647'))).toBe('StateConflictError')
    const first = 'query ($first: Int) { mediaDuplicates(first: $first) { sha256 } }'
    for (const count of ['0', '-0', '-1', '101', '2147483647'])
      expect(await readCode(first, `{"first":${count}}`)).toBe('INVALID_INPUT')
  })
})
