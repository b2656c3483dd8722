import { describe, expect } from 'vitest'
import { ViewerDocument } from '../../client/generated/documents.ts'
import { nameOrdered } from '../../src/services/kernel/nameOrder.ts'
import { unknownUuid, uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { libraryOrders } from '../harness/libraryModel.ts'
import { seedMediaId } from '../harness/seed.ts'
import type { GraphqlResult } from '../harness/world.ts'

const it = base
  .extend('mediaId', { scope: 'file' }, ({ world }) =>
    seedMediaId(world, { uploader: 'Root', kind: 'IMAGE', status: 'READY' }),
  )
  /** Sends `variables` as JSON text, since forged values might not survive a second serialisation. */
  .extend('post', { scope: 'file' }, async ({ world }) => {
    const authorization = `Bearer ${await world.token('admin', 'Root')}`
    return async (query: string, variables: string) => {
      const response = await fetch(world.graphqlUrl, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
        body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      })
      return (await response.json()) as GraphqlResult // as: specified by GraphQL over HTTP
    }
  })
  .extend('readCode', { scope: 'file' }, ({ post }) => async (query: string, variables: string): Promise<string> => {
    const { errors } = await post(query, variables)
    return errors?.map(({ extensions }) => extensions?.code).join() ?? 'no error'
  })
  /** Returns the invalid fields of a mutation's input or the type of its result: refusals are part of the result. */
  .extend('resultOf', { scope: 'file' }, ({ post }) => async (query: string, variables: string): Promise<string> => {
    const { data, errors } = await post(query, variables)
    const [result] = Object.values(data ?? {}) as { __typename?: string; fields?: { path: string }[] }[]
    if (errors !== undefined) return errors.map(({ extensions }) => extensions?.code).join()
    return result?.fields?.map(({ path }) => path).join() ?? result?.__typename ?? 'nothing'
  })

const uuid = `"${unknownUuid}"`
const texts = ['"a\\u0000"', '"\\ud800"', '"\\udc00x"', '7', 'null', '["a"]', `"${'x'.repeat(2001)}"`]
const uuids = ['"1"', '"019a5b3c-0000-7000-8000-00000000000\\u0000"', '7', 'null']
const times = [
  ...['"0000-01-01T00:00:00.000Z"', '"-000001-01-01T00:00:00.000Z"', '"+275760-09-13T00:00:00.000Z"'],
  ...['"9999-12-31T23:59:59.999Z"', '"2026-02-30T00:00:00.000Z"', '"2026-01-01T00:00:00Z"', '"2026-01-01"'],
  ...['"infinity"', '"NaN"', '""', '1767225600000', '-0', 'null'],
]
const ints = ['-0', '1.5', '2147483648', '-2147483649', '9007199254740993', '1e999', '1e2', '"NaN"', '"1"', 'null']
const fractions = ['"007"', '"1e3"', '"NaN"', '"Infinity"', '"1.50"', '""', '"1\\u0000"', '5', 'null']
const digits = ['"-1"', '"-0"', '"007"', '"1e3"', '"NaN"', '"99999999999999999999"', '"1\\u0000"', '5', 'null']

/** A list, with valid keys of its cursor and the forged values of each key. */
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
  { name: nameOrdered('courses'), query: rootQuery('courses'), valid: ['"a"', uuid], invalid: [texts, uuids] },
  { name: nameOrdered('resources'), query: rootQuery('resources'), valid: ['"a"', uuid], invalid: [texts, uuids] },
  { name: 'operations:CREATED_AT', query: rootQuery('operations'), valid: [time, uuid], invalid: [times, uuids] },
  ...[...libraryOrders, 'RELEVANCE' as const].map((by): ListCase => {
    const isName = by === 'FILE_NAME' || by === 'TITLE'
    const [key, forged] = by.endsWith('_AT')
      ? [time, times]
      : isName
        ? ['"a"', texts]
        : ['"5"', by === 'DURATION' ? fractions : digits]
    const more = `, filter: { search: "a" }, order: { by: ${by}, direction: ASC }`
    return {
      name: isName ? nameOrdered(`mediaList:${by}:ASC`) : `mediaList:${by}:ASC`,
      query: rootQuery('mediaList', more),
      valid: [key, uuid],
      invalid: [forged, uuids],
    }
  }),
]

const cursor = (name: string, parts: readonly string[]): string =>
  Buffer.from(`["${name}",${parts.length === 1 ? parts[0] : `[${parts}]`}]`).toString('base64url')

describe('a forged cursor', () => {
  it.for(lists)(
    'of $name is refused, whichever part is forged',
    async ({ name, query, valid, invalid }, { mediaId, readCode }) => {
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
      const validText = Buffer.from(cursor(name, valid), 'base64url').toString()
      for (const text of [` ${validText}`, validText.replace(',', ', '), '', '[]', 'null', '{'])
        expect(await ask('after', Buffer.from(text).toString('base64url'))).toBe('INVALID_INPUT')
    },
  )

  it('of a list of failures is refused below a list of operations', async ({ world, users: { admin }, readCode }) => {
    const { viewer } = await admin.send(ViewerDocument, {})
    const operationData = { kind: 'media.tag', errorPolicy: 'REJECT_FAILED_ROWS', input: {}, total: 0 } as const
    await world.runtime.ports.database.operation.create({
      data: { ...operationData, requestedById: uuidOf(viewer.id), requestedRole: 'ADMIN' },
    })
    const query = 'query ($after: String) { operations { nodes { failures(after: $after) { edges { cursor } } } } }'
    const ask = (key: string) => readCode(query, JSON.stringify({ after: cursor('operationFailures', [key]) }))
    expect(await ask('0')).toBe('no error')
    for (const key of ints) expect(await ask(key)).toBe('INVALID_INPUT')
  })
})

const errorFragment = '... on InvalidInputError { fields { path } }'

type Send = (query: string, variables: string) => Promise<string>

const createUpload = (send: Send, moreInput: string): Promise<string> =>
  send(
    `mutation ($input: MediaUploadCreateInput!) { mediaUploadCreate(input: $input) { __typename ${errorFragment} } }`,
    `{"input":{"fileName":"a.txt","sizeBytes":1,${moreInput}}}`,
  )

const link = `mutation ($input: MediaLinkInput!) { mediaLink(input: $input) { __typename ${errorFragment} } }`
const update = `mutation ($input: MediaUpdateInput!) { mediaUpdate(input: $input) { __typename ${errorFragment} } }`
/** In JSON. */
const unstorableTexts = ['a\\u0000b', 'a\\ud800b']

const filtered = 'query ($filter: MediaFilter) { mediaList(filter: $filter) { totalCount edges { cursor } } }'

describe('a value that the database cannot store', () => {
  it.for<[string, string]>([
    ['a year 0', '{"uploadedAfter":"0000-01-01T00:00:00Z"}'],
    ['a year 0 at the other end', '{"uploadedBefore":"0000-12-31T23:59:59Z"}'],
    ['the last moment of the year 9999', '{"uploadedBefore":"9999-12-31T23:59:59.999Z"}'],
    ['a tag with half a surrogate pair', '{"tagsAny":["\\ud800"]}'],
    ['a type with NUL', '{"mimeType":"video\\u0000"}'],
    ['an external id with half a surrogate pair', '{"externalId":"\\udc00"}'],
    ["a resource's external id with NUL", '{"usedIn":{"type":"course","externalId":"\\u0000x"}}'],
    ["a resource's source with NUL", '{"usedIn":{"source":"a\\u0000","type":"course","externalId":"1"}}'],
    ['more days than the calendar has', '{"unusedForDays":2147483647}'],
    ['a folder with NUL in its id', '{"folderId":"Folder:\\u0000"}'],
  ])('is refused as invalid in a filter: %s', async ([, filter], { readCode }) => {
    expect(await readCode(filtered, `{"filter":${filter}}`)).toBe('INVALID_INPUT')
  })

  it.for<[string, string]>([
    ['a size beyond a bigint', '{"minSizeBytes":9223372036854775808}'],
    ['an infinite size', '{"maxSizeBytes":1e999}'],
    ['a size that is not a number', '{"minSizeBytes":"NaN"}'],
    ['days beyond an int', '{"unusedForDays":2147483648}'],
    ['a date that does not exist', '{"uploadedAfter":"2026-02-30T00:00:00Z"}'],
    ['a time beyond the calendar', '{"uploadedAfter":8640000000000000}'],
    ['a time with a year of six digits', '{"uploadedAfter":"+275760-09-13T00:00:00Z"}'],
  ])('is refused by its type in a filter: %s', async ([, filter], { readCode }) => {
    expect(await readCode(filtered, `{"filter":${filter}}`)).not.toMatch(/INTERNAL|no error/)
  })

  it('is refused as invalid in a reference to a resource', async ({ mediaId, resultOf }) => {
    const submit = (resource: string) => resultOf(link, `{"input":{"mediaId":"${mediaId}","resource":${resource}}}`)
    for (const invalidText of ['\\u0000', '\\ud800', '\\udfff']) {
      expect(await submit(`{"type":"lesson","externalId":"1${invalidText}"}`)).toBe('resource.externalId')
      expect(await submit(`{"type":"lesson","externalId":"1","url":"https://lms.example/a${invalidText}b"}`)).toBe(
        'resource.url',
      )
    }
  })

  it('is refused as invalid in a search for a resource', async ({ readCode }) => {
    const find = 'query ($ref: ResourceRef!) { resource(ref: $ref) { id } }'
    expect(await readCode(find, '{"ref":{"type":"lesson","externalId":"\\u0000"}}')).toBe('INVALID_INPUT')
  })

  it('is refused as invalid in the external id of a media', async ({ mediaId, resultOf }) => {
    for (const invalidText of unstorableTexts)
      expect(await resultOf(update, `{"input":{"id":"${mediaId}","externalId":"${invalidText}"}}`)).toBe('externalId')
  })

  it('is refused as invalid in the external id of an upload', async ({ resultOf }) => {
    for (const invalidText of unstorableTexts)
      expect(await createUpload(resultOf, `"externalId":"${invalidText}"`)).toBe('externalId')
  })
})

describe('a character that the database cannot store', () => {
  it.for<[string, string, string]>([
    ['media', filtered, '{"filter":{"search":"?"}}'],
    ['courses', 'query ($text: String) { courses(search: $text) { edges { cursor } } }', '{"text":"?"}'],
    ['tags', 'query ($text: String) { tags(search: $text) { name } }', '{"text":"?"}'],
    ['users', 'query ($text: String) { users(search: $text) { edges { cursor } } }', '{"text":"?"}'],
  ])('is ignored in a search for %s', async ([, query, variables], { post }) => {
    const answerTo = (text: string) => post(query, variables.replace('?', text))
    const expected = await answerTo('ab')
    expect(expected.errors).toBeUndefined()
    for (const text of unstorableTexts) expect(await answerTo(text)).toEqual(expected)
  })

  it('is dropped from the title of a resource', async ({ world, mediaId, resultOf }) => {
    const submit = (resource: string) => resultOf(link, `{"input":{"mediaId":"${mediaId}","resource":${resource}}}`)
    for (const [index, title] of unstorableTexts.entries()) {
      const externalId = `dropped ${index}`
      expect(await submit(`{"type":"lesson","externalId":"${externalId}","title":"${title}"}`)).toBe('MediaUsage')
      expect(await world.runtime.ports.database.resource.findFirst({ where: { externalId } })).toMatchObject({
        title: 'ab',
      })
    }
  })

  it('is dropped from the texts of a media', async ({ world, mediaId, resultOf }) => {
    const fields = ['title', 'fileName', 'description', 'altText']
    const cleared = '"title":"x","fileName":"x","description":null,"altText":null,"tags":[]'
    for (const text of unstorableTexts) {
      expect(await resultOf(update, `{"input":{"id":"${mediaId}",${cleared}}}`)).toBe('Media')
      const input = [...fields.map((field) => `"${field}":"${text}"`), `"tags":["${text}"]`].join()
      expect(await resultOf(update, `{"input":{"id":"${mediaId}",${input}}}`)).toBe('Media')
      const media = await world.runtime.ports.database.media.findUnique({ where: { id: uuidOf(mediaId) } })
      expect(media).toMatchObject({ ...Object.fromEntries(fields.map((field) => [field, 'ab'])), tags: ['ab'] })
    }
  })

  it('is dropped from the name of a folder', async ({ world, resultOf }) => {
    const create = `mutation ($input: FolderCreateInput!) { folderCreate(input: $input) { __typename ${errorFragment} } }`
    expect(await resultOf(create, '{"input":{"name":"one a\\u0000b"}}')).toBe('Folder')
    expect(await resultOf(create, '{"input":{"name":"two a\\ud800b"}}')).toBe('Folder')
    const folders = await world.runtime.ports.database.folder.findMany({ orderBy: { name: 'asc' } })
    expect(folders.map(({ name }) => name)).toEqual(['one ab', 'two ab'])
  })

  it('is dropped from the texts of an upload', async ({ world, resultOf }) => {
    for (const text of unstorableTexts) {
      const input = ['fileName', 'mimeType', 'title', 'note'].map((field) => `"${field}":"${text}"`)
      expect(await createUpload(resultOf, input.join())).toBe('UploadTicket')
    }
    const uploads = await world.runtime.ports.database.upload.findMany()
    expect(uploads.map(({ fileName, declaredType, title, note }) => [fileName, declaredType, title, note])).toEqual(
      unstorableTexts.map(() => ['ab', 'ab', 'ab', 'ab']),
    )
  })
})

describe('an unusual number', () => {
  it.for<[string, string]>([
    ['minSizeBytes', '-0'],
    ['minSizeBytes', '-9007199254740991'],
    ['maxSizeBytes', '9007199254740991'],
    ['unusedForDays', '-0'],
  ])('is accepted in a filter: %s %s', async ([field, value], { readCode }) => {
    expect(await readCode(filtered, `{"filter":{"${field}":${value}}}`)).toBe('no error')
  })
})

describe('a number out of range', () => {
  it('matches no version', async ({ mediaId, resultOf }) => {
    const activate = `mutation ($input: MediaVersionActivateInput!) { mediaVersionActivate(input: $input) { __typename ${errorFragment} } }`
    for (const number of ['0', '-0', '-1', '-2147483648', '2147483647'])
      expect(await resultOf(activate, `{"input":{"mediaId":"${mediaId}","number":${number}}}`)).toBe('NotFoundError')
  })

  it('is refused as the size of an upload', async ({ resultOf }) => {
    for (const size of ['0', '-0', '-1', '9007199254740991'])
      expect(await createUpload(resultOf, `"sizeBytes":${size}`)).toBe('sizeBytes')
  })

  it('is refused as the lifetime of a URL', async ({ mediaId, readCode }) => {
    const url = 'query ($id: ID!, $seconds: Int) { media(id: $id) { url(expiresInSeconds: $seconds) } }'
    for (const seconds of ['0', '-0', '-1', '59', '604801', '2147483647'])
      expect(await readCode(url, `{"id":"${mediaId}","seconds":${seconds}}`)).toBe('INVALID_INPUT')
  })

  it('is refused as an expected count', async ({ resultOf }) => {
    const tag = `mutation ($input: MediaBulkTagInput!) { mediaBulkTag(input: $input) { __typename ${errorFragment} } }`
    const target = (count: string) =>
      `{"input":{"add":["a"],"target":{"filter":{"used":true},"expectedCount":${count}}}}`
    expect(await resultOf(tag, target('-1'))).toBe('target.expectedCount')
    expect(await resultOf(tag, target('2147483647'))).toBe('StateConflictError')
  })

  it('is refused as the size of a list', async ({ readCode }) => {
    const first = 'query ($first: Int) { mediaDuplicates(first: $first) { sha256 } }'
    for (const count of ['0', '-0', '-1', '101', '2147483647'])
      expect(await readCode(first, `{"first":${count}}`)).toBe('INVALID_INPUT')
  })
})
