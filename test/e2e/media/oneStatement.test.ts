import { describe, expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

const mediaCount = 7

const it = base
  .extend('token', ({ world }) => world.token('editor', 'Ada'))
  .extend('seeded', { scope: 'file', auto: true }, async ({ world }) => {
    const ids = await seedMedia(world, mediaCount)
    const rows = ids.flatMap((mediaId) =>
      ['media.uploaded', 'media.updated', 'media.linked', 'media.unlinked'].map((action, index) => ({
        ...{ action, mediaId, nodeType: 'Media', nodeId: mediaId, data: { index } },
      })),
    )
    await world.runtime.ports.database.event.createMany({ data: rows })
  })

const history = 'history(first: 2) { nodes { id at action data } pageInfo { hasNextPage endCursor } }'

it('the first page of the library is loaded with its nested lists by one statement', async ({ world, token }) => {
  const query = `{ mediaList(first: 3) { edges { cursor node {
    id status ${history} usages { nodes { id resource { title } } } versions { nodes { number renditions { id } } }
  } } pageInfo { hasNextPage endCursor } } }`
  await world.post(token, '{ viewer { id } }') // the first request creates the user of the token
  const statements = await world.captureStatements(async () => {
    const { data, errors } = await world.post(token, query)
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({ mediaList: { edges: { length: 3 }, pageInfo: { hasNextPage: true } } })
  })
  expect(statements).toHaveLength(1)
})

describe('a page of the whole library', () => {
  it.for([
    'first: 3',
    'last: 3',
    'first: 100',
    'first: 3, order: { by: UPLOADED_AT, direction: ASC }',
    'last: 3, order: { by: UPDATED_AT, direction: DESC }',
  ])('is the same as that of a filter which excludes nothing: %s', async (args, { world, token }) => {
    const all = 'filter: { kinds: [VIDEO, AUDIO, IMAGE, DOCUMENT, OTHER] }'
    const fields = `edges { cursor node { id title } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`
    const { data } = await world.post(token, `{ mediaList(${args}) { ${fields} } }`)
    expect(data).toEqual((await world.post(token, `{ mediaList(${args}, ${all}) { ${fields} } }`)).data)
    expect(data).toMatchObject({ mediaList: { totalCount: mediaCount } })
  })
})

type History = { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number }

describe('the history of media in a list', () => {
  const read = async (world: World, token: string, args: string) => {
    const query = `{ mediaList(first: 2) { nodes { id history(${args}) {
      nodes { id at action data } pageInfo { hasNextPage endCursor } totalCount } } } }`
    const { data } = await world.post(token, query)
    return (data as { mediaList: { nodes: { history: History }[] } }).mediaList.nodes.map((media) => media.history) // as: selected
  }

  it('continues after the first page', async ({ world, token }) => {
    const [all] = await read(world, token, 'first: 5')
    const [start] = await read(world, token, 'first: 2')
    const [end] = await read(world, token, `first: 3, after: "${start?.pageInfo.endCursor}"`)
    expect([...(start?.nodes ?? []), ...(end?.nodes ?? [])]).toEqual(all?.nodes)
    expect(start?.totalCount).toBe(5)
  })

  it('is read from its end', async ({ world, token }) => {
    const [all] = await read(world, token, 'first: 5')
    const [end] = await read(world, token, 'last: 2')
    expect(end?.nodes).toEqual(all?.nodes.slice(3))
  })

  it('has pages of different sizes under different aliases', async ({ world, token }) => {
    const { data } = await world.post(
      token,
      '{ mediaList(first: 2) { nodes { one: history(first: 1) { nodes { action } } three: history(first: 3) { nodes { at } } } } }',
    )
    const media = { one: { nodes: { length: 1 } }, three: { nodes: { length: 3 } } }
    expect(data).toMatchObject({ mediaList: { nodes: [media, media] } })
  })

  it('is refused to viewers, where it stands', async ({ world }) => {
    const { data, errors } = await world.post(
      await world.token('viewer'),
      `{ mediaList(first: 1) { nodes { ${history} } } }`,
    )
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ path: ['mediaList', 'nodes', 0, 'history'], extensions: { code: 'FORBIDDEN' } }])
  })

  it('refuses a page size of 0 where it stands', async ({ world, token }) => {
    const { errors } = await world.post(token, '{ mediaList(first: 1) { nodes { history(first: 0) { totalCount } } } }')
    expect(errors).toMatchObject([
      { path: ['mediaList', 'nodes', 0, 'history'], extensions: { code: 'INVALID_INPUT' } },
    ])
  })
})
