import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaConvertDocument,
  MediaDocument,
  MediaListDocument,
  type MediaListQueryVariables,
  MediaRetryDocument,
  NodesDocument,
  ViewerDocument,
} from '../../../client/generated/documents.ts'
import type { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { unknownId, unknownUuid } from '../../harness/ids.ts'
import { walkPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMedia, seedMediaId, trashMedia } from '../../harness/seed.ts'
import { openWorld, readMedia, type World } from '../../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other } = await world.users())
})
afterAll(() => world?.close())

const listMedia = async (variables: MediaListQueryVariables) =>
  (await viewer.send(MediaListDocument, variables)).mediaList

describe('viewer', () => {
  it('is whoever calls, known from the token at first sight', async () => {
    const grace = await world.client('admin', 'Grace')
    expect((await grace.send(ViewerDocument, {})).viewer).toMatchObject({
      externalId: 'grace',
      name: 'Grace',
      kind: 'PERSON',
      role: 'ADMIN',
    })
    const { database } = world.runtime.ports
    const user = await database.user.findUniqueOrThrow({ where: { externalId: 'grace' } })
    expect(await database.event.count({ where: { action: 'user.appeared', nodeId: user.id } })).toBe(1)
  })
})

describe('node and nodes', () => {
  it('find what exists, in order, and null for the rest', async () => {
    const mediaId = await world.upload(editor, Buffer.from('one node'), { fileName: 'node.txt' })
    const media = await readMedia(editor, mediaId)
    const versionId = media.versions.nodes[0]?.id ?? ''
    const { viewer: me } = await editor.send(ViewerDocument, {})
    const { nodes } = await editor.send(NodesDocument, {
      ids: [versionId, unknownId('Media'), mediaId, me.id, mediaId],
    })
    expect(nodes.map((node) => node?.__typename ?? null)).toEqual(['MediaVersion', null, 'Media', 'User', 'Media'])
  })

  it('show nobody what they may not know of', async () => {
    const { viewer: me } = await editor.send(ViewerDocument, {})
    const { nodes } = await viewer.send(NodesDocument, { ids: [me.id] })
    expect(nodes).toEqual([null])
  })

  it.each(['nonsense', 'Media:1', `Banana:${unknownUuid}`, '', ':'])('refuse the malformed id %j', async (id) => {
    expect(await codeOf(viewer.send(NodesDocument, { ids: [id] }))).toBe('INVALID_INPUT')
  })

  it('take at most 100 ids', async () => {
    expect(
      await codeOf(viewer.send(NodesDocument, { ids: Array.from({ length: 101 }, () => unknownId('Media')) })),
    ).toBe('INVALID_INPUT')
  })

  it('give null for an unknown media, and refuse an id of another type', async () => {
    expect((await editor.send(MediaDocument, { id: unknownId('Media') })).media).toBeNull()
    expect(await codeOf(editor.send(MediaDocument, { id: unknownId('Upload') }))).toBe('INVALID_INPUT')
  })
})

describe('mediaList', () => {
  it('is newest first, filtered by kinds and statuses', async () => {
    await seedMedia(world, 30)
    const all = await listMedia({ first: 100 })
    expect(all.totalCount).toBe(all.edges.length)
    const expectedFilter: { kinds: MediaKind[]; statuses: MediaStatus[] } = {
      kinds: ['VIDEO', 'AUDIO'],
      statuses: ['READY'],
    }
    const some = await listMedia({ first: 100, filter: expectedFilter })
    expect(some.edges.length).toBeGreaterThan(0)
    const expected = all.edges.filter(
      ({ node }) => expectedFilter.kinds.includes(node.kind) && expectedFilter.statuses.includes(node.status),
    )
    expect(some.edges.map(({ node }) => node.id)).toEqual(expected.map(({ node }) => node.id))
    expect((await listMedia({ filter: { kinds: [] } })).edges).toEqual([])
  })

  it('gives every untouched row exactly once, in either direction, while others come and go', async () => {
    await seedMedia(world, 30)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.boolean(), async (size, backward) => {
        // In the middle of the walk the row of the very cursor is trashed and another one is uploaded; not for ever, since
        // who walks towards the newest would never arrive.
        let uploads = 0
        const idsBefore = (await listMedia({ first: 100 })).edges.map(({ node }) => node.id)
        const betweenPages = async (cursorId: string) => {
          await trashMedia(world, cursorId)
          if (++uploads <= 5) await seedMediaId(world)
        }
        const pagedIds = await walkPages(
          async (side) => {
            const { edges, pageInfo } = await listMedia(side)
            return { ids: edges.map(({ node }) => node.id), pageInfo }
          },
          { size, backward, betweenPages },
        )
        expect(pagedIds.filter((id) => idsBefore.includes(id))).toEqual(idsBefore)
        expect(new Set(pagedIds).size).toBe(pagedIds.length)
      }),
      { numRuns: 8 },
    )
  })

  it.each([
    ['first: 101', { first: 101 }],
    ['first: 0', { first: 0 }],
    ['last: -1', { last: -1 }],
    ['first with last', { first: 1, last: 1 }],
    ['a cursor from nowhere', { after: 'nonsense' }],
    ['a cursor of another list', { after: Buffer.from('["versions",3]').toString('base64url') }],
  ])('refuses %s', async (_name, variables) => {
    expect(await codeOf(listMedia(variables))).toBe('INVALID_INPUT')
  })

  it('takes as many statements for many rows as for few', async () => {
    const query = `query ($first: Int) { mediaList(first: $first) { totalCount nodes {
      id title status failure { code } thumbnailUrl url uploadedBy { name } duplicates { id title }
      currentVersion { id number isCurrent renditions { id url version { id number } } }
      renditions { id profile percent url } versions(first: 3) { totalCount nodes { id number createdBy { name } renditions { id } } }
      history(first: 5) { totalCount nodes { action actor { name } } } } } }`
    const token = await world.token('editor', 'Ada')
    const statementsFor = async (first: number) => {
      const statements = await world.captureStatements(async () => {
        const { data, errors } = await world.post(token, query, { first })
        expect(errors).toBeUndefined()
        expect(data).toMatchObject({ mediaList: { nodes: { length: first } } })
      })
      return statements.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql))
    }
    await seedMedia(world, 16)
    await statementsFor(1) // whose caller is new to the library
    const fewStatements = await statementsFor(3)
    const manyStatements = await statementsFor(15)
    expect(manyStatements.length).toBe(fewStatements.length)
    expect(manyStatements.length).toBeLessThanOrEqual(12)
  })
})

describe('mediaRetry and mediaConvert', () => {
  it('climb the ladder', async () => {
    const mediaId = await world.upload(editor, Buffer.from('to be retried'), { fileName: 'retry.txt' })
    const retry = async (client: Client, id = mediaId) => (await client.send(MediaRetryDocument, { id })).mediaRetry
    expect((await retry(viewer)).__typename).toBe('ForbiddenError')
    expect((await retry(other)).__typename).toBe('ForbiddenError')
    expect((await retry(editor)).__typename).toBe('StateConflictError')
    expect((await retry(editor, unknownId('Media'))).__typename).toBe('NotFoundError')
    const convert = async (client: Client) =>
      (await client.send(MediaConvertDocument, { input: { mediaId, profiles: ['WEBM'] } })).mediaConvert.__typename
    expect(await convert(viewer)).toBe('ForbiddenError')
    expect(await convert(editor)).toBe('StateConflictError')
  })

  it('queue again what failed, and log it', async () => {
    const id = await seedMediaId(world, { status: 'FAILED', kind: 'VIDEO', uploader: 'Ada' })
    const { mediaRetry } = await editor.send(MediaRetryDocument, { id })
    expect(mediaRetry).toMatchObject({ __typename: 'Media', status: 'PROCESSING' })
    const { history } = await readMedia(editor, id)
    expect(history.nodes[0]).toMatchObject({ action: 'media.retried', actor: { name: 'Ada' } })
  })

  it('refuse profiles that the kind cannot have', async () => {
    const mediaId = await seedMediaId(world, { status: 'READY', kind: 'DOCUMENT', uploader: 'Ada' })
    const { mediaConvert } = await editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['GIF'] } })
    expect(mediaConvert).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'profiles' }] })
  })

  it('keep renditions that are there', async () => {
    const mediaId = await seedMediaId(world, { status: 'READY', kind: 'VIDEO', uploader: 'Ada' })
    const convert = () =>
      editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['THUMBNAIL', 'GIF', 'WEBM'] } })
    const first = await convert()
    expect(await convert()).toEqual(first)
  })
})
