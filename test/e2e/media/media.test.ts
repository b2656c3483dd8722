import fc from 'fast-check'
import { describe, expect } from 'vitest'
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
import { it as base } from '../../harness/it.ts'
import { readAllPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMedia, seedMediaId, trashMedia } from '../../harness/seed.ts'
import { readMedia } from '../../harness/world.ts'

const it = base.extend('processingId', { scope: 'file' }, ({ world, users: { editor } }) =>
  world.upload(editor, Buffer.from('to be retried'), { fileName: 'retry.txt' }),
)

const listMedia = async (client: Client, variables: MediaListQueryVariables) =>
  (await client.send(MediaListDocument, variables)).mediaList

describe('viewer', () => {
  it('is the caller, created from the token on the first request', async ({ world }) => {
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
  it('return nodes in the order of the ids, with null for unknown ids', async ({ world, users: { editor } }) => {
    const mediaId = await world.upload(editor, Buffer.from('one node'), { fileName: 'node.txt' })
    const media = await readMedia(editor, mediaId)
    const versionId = media.versions.nodes[0]?.id ?? ''
    const { viewer: me } = await editor.send(ViewerDocument, {})
    const { nodes } = await editor.send(NodesDocument, {
      ids: [versionId, unknownId('Media'), mediaId, me.id, mediaId],
    })
    expect(nodes.map((node) => node?.__typename ?? null)).toEqual(['MediaVersion', null, 'Media', 'User', 'Media'])
  })

  it('return null for a node that the caller may not see', async ({ users: { viewer, editor } }) => {
    const { viewer: me } = await editor.send(ViewerDocument, {})
    const { nodes } = await viewer.send(NodesDocument, { ids: [me.id] })
    expect(nodes).toEqual([null])
  })

  it.for(['nonsense', 'Media:1', `Banana:${unknownUuid}`, '', ':'])(
    'refuse the malformed id %j',
    async (id, { users: { viewer } }) => {
      expect(await codeOf(viewer.send(NodesDocument, { ids: [id] }))).toBe('INVALID_INPUT')
    },
  )

  it('refuse more than 100 ids', async ({ users: { viewer } }) => {
    expect(
      await codeOf(viewer.send(NodesDocument, { ids: Array.from({ length: 101 }, () => unknownId('Media')) })),
    ).toBe('INVALID_INPUT')
  })
})

describe('media', () => {
  it('is null for an unknown id', async ({ users: { editor } }) => {
    expect((await editor.send(MediaDocument, { id: unknownId('Media') })).media).toBeNull()
  })

  it('refuses an id of another type', async ({ users: { editor } }) => {
    expect(await codeOf(editor.send(MediaDocument, { id: unknownId('Upload') }))).toBe('INVALID_INPUT')
  })
})

describe('mediaList', () => {
  it('lists the media that a filter matches in the order of the whole list', async ({ world, users: { viewer } }) => {
    await seedMedia(world, 30)
    const all = await listMedia(viewer, { first: 100 })
    expect(all.totalCount).toBe(all.edges.length)
    const expectedFilter: { kinds: MediaKind[]; statuses: MediaStatus[] } = {
      kinds: ['VIDEO', 'AUDIO'],
      statuses: ['READY'],
    }
    const some = await listMedia(viewer, { first: 100, filter: expectedFilter })
    expect(some.edges.length).toBeGreaterThan(0)
    const expected = all.edges.filter(
      ({ node }) => expectedFilter.kinds.includes(node.kind) && expectedFilter.statuses.includes(node.status),
    )
    expect(some.edges.map(({ node }) => node.id)).toEqual(expected.map(({ node }) => node.id))
  })

  it('is empty for an empty list of kinds', async ({ users: { viewer } }) => {
    expect((await listMedia(viewer, { filter: { kinds: [] } })).edges).toEqual([])
  })

  it('lists every untouched row exactly once in either direction while media are uploaded and trashed', async ({
    world,
    users: { viewer },
  }) => {
    await seedMedia(world, 30)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.boolean(), async (size, backward) => {
        // Between pages the media of the cursor is trashed and another one is uploaded. Only the first five times: paging
        // towards the newest media would never end otherwise.
        let uploads = 0
        const idsBefore = (await listMedia(viewer, { first: 100 })).edges.map(({ node }) => node.id)
        const betweenPages = async (cursorId: string) => {
          await trashMedia(world, cursorId)
          if (++uploads <= 5) await seedMediaId(world)
        }
        const pagedIds = await readAllPages(
          async (side) => {
            const { edges, pageInfo } = await listMedia(viewer, side)
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

  it.for<[string, MediaListQueryVariables]>([
    ['first: 101', { first: 101 }],
    ['first: 0', { first: 0 }],
    ['last: -1', { last: -1 }],
    ['first with last', { first: 1, last: 1 }],
    ['a malformed cursor', { after: 'nonsense' }],
    ['a cursor of another list', { after: Buffer.from('["versions",3]').toString('base64url') }],
  ])('refuses %s', async ([, variables], { users: { viewer } }) => {
    expect(await codeOf(listMedia(viewer, variables))).toBe('INVALID_INPUT')
  })

  it('runs as many statements for many rows as for few', async ({ world }) => {
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
    await statementsFor(1) // the first request creates the user of the token
    const fewStatements = await statementsFor(3)
    const manyStatements = await statementsFor(15)
    expect(manyStatements.length).toBe(fewStatements.length)
    expect(manyStatements.length).toBeLessThanOrEqual(12)
  })
})

describe('mediaRetry and mediaConvert', () => {
  const retry = async (client: Client, id: string) =>
    (await client.send(MediaRetryDocument, { id })).mediaRetry.__typename
  const convert = async (client: Client, mediaId: string) =>
    (await client.send(MediaConvertDocument, { input: { mediaId, profiles: ['WEBM'] } })).mediaConvert.__typename

  it('refuse a viewer', async ({ users: { viewer }, processingId }) => {
    expect(await retry(viewer, processingId)).toBe('ForbiddenError')
    expect(await convert(viewer, processingId)).toBe('ForbiddenError')
  })

  it('refuse an editor who did not upload the media', async ({ users: { otherEditor: other }, processingId }) => {
    expect(await retry(other, processingId)).toBe('ForbiddenError')
  })

  it('refuse a media that is still processing', async ({ users: { editor }, processingId }) => {
    expect(await retry(editor, processingId)).toBe('StateConflictError')
    expect(await convert(editor, processingId)).toBe('StateConflictError')
  })

  it('refuse an unknown media', async ({ users: { editor } }) => {
    expect(await retry(editor, unknownId('Media'))).toBe('NotFoundError')
  })

  it('queue a failed media again', async ({ world, users: { editor } }) => {
    const id = await seedMediaId(world, { status: 'FAILED', kind: 'VIDEO', uploader: 'Ada' })
    const { mediaRetry } = await editor.send(MediaRetryDocument, { id })
    expect(mediaRetry).toMatchObject({ __typename: 'Media', status: 'PROCESSING' })
  })

  it('log the retry with its caller', async ({ world, users: { editor } }) => {
    const id = await seedMediaId(world, { status: 'FAILED', kind: 'VIDEO', uploader: 'Ada' })
    await editor.send(MediaRetryDocument, { id })
    const { history } = await readMedia(editor, id)
    expect(history.nodes[0]).toMatchObject({ action: 'media.retried', actor: { name: 'Ada' } })
  })

  it('refuse profiles that the kind of the media does not have', async ({ world, users: { editor } }) => {
    const mediaId = await seedMediaId(world, { status: 'READY', kind: 'DOCUMENT', uploader: 'Ada' })
    const { mediaConvert } = await editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['GIF'] } })
    expect(mediaConvert).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'profiles' }] })
  })

  it('keep renditions that exist', async ({ world, users: { editor } }) => {
    const mediaId = await seedMediaId(world, { status: 'READY', kind: 'VIDEO', uploader: 'Ada' })
    const convertAll = () =>
      editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['THUMBNAIL', 'GIF', 'WEBM'] } })
    const first = await convertAll()
    expect(await convertAll()).toEqual(first)
  })
})
