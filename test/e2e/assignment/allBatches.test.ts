import { describe, expect } from 'vitest'
import { type PageArguments, readAllPages } from '../../harness/paging.ts'
import { readViewerId } from '../../harness/viewer.ts'
import { it as base } from './assignmentIt.ts'
import { createBatch } from './batches.ts'

interface List {
  totalCount: number
  nodes: { id: string }[]
  pageInfo: { startCursor: string; endCursor: string; hasNextPage: boolean; hasPreviousPage: boolean }
}

const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
  assignmentBatches(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}`

const it = base
  /** Seven batches, newest first; the viewer Vera is a member of the second and the fifth. */
  .extend('batches', { scope: 'file' }, async ({ world, users: { editor }, createMedia, createUser }) => {
    const token = await world.token('viewer', 'Vera')
    const viewerId = await readViewerId(world, token)
    const ids: string[] = []
    for (let index = 6; index >= 0; index--) {
      const members = [await createUser(), ...(index === 1 || index === 4 ? [viewerId] : [])]
      ids.unshift((await createBatch(editor, await createMedia(), members)).id)
    }
    return ids
  })
  .extend('list', { scope: 'file' }, ({ world }) => async (role: 'viewer' | 'editor', variables: object = {}) => {
    const token = await world.token(role, role === 'viewer' ? 'Vera' : 'Ada')
    const { data, errors } = await world.post(token, query, variables)
    const [error] = errors ?? []
    if (error !== undefined) throw new Error(`${error.extensions?.code} ${error.message}`)
    return data?.['assignmentBatches'] as List // as: selected
  })

describe('assignmentBatches', () => {
  it.for([
    ['forwards', false],
    ['backwards', true],
  ] as const)('are all returned once by pages %s', async ([, backward], { batches, list }) => {
    const read = async (page: PageArguments) => {
      const { totalCount, nodes, pageInfo } = await list('editor', page)
      expect(totalCount).toBe(7)
      return { ids: nodes.map(({ id }) => id), pageInfo }
    }
    expect(await readAllPages(read, { size: 3, backward })).toEqual(batches)
  })

  it('are those with an assignment of their own for viewers', async ({ batches, list }) => {
    const { totalCount, nodes, pageInfo } = await list('viewer', { first: 1 })
    expect({ totalCount, nodes }).toEqual({ totalCount: 2, nodes: [{ id: batches[1] }] })
    expect((await list('viewer', { after: pageInfo.endCursor })).nodes).toEqual([{ id: batches[4] }])
  })

  it('need a token', async ({ world }) => {
    expect((await world.post(null, query)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it.for([
    ['101 rows', { first: 101 }, 'first'],
    ['an unknown cursor', { after: 'bm90aGluZw' }, 'after'],
  ] as const)('refuse %s', async ([, variables, path], { list }) => {
    await expect(list('editor', variables)).rejects.toThrow(`INVALID_INPUT ${path}: `)
  })

  it('take as many statements for a long page as for a short one', async ({ world, batches }) => {
    const token = await world.token('viewer', 'Vera')
    const fields = 'totalCount nodes { id count assignments { nodes { user { name } } } }'
    const read = (first: number) => world.post(token, `{ assignmentBatches(first: ${first}) { ${fields} } }`)
    expect(batches).toHaveLength(7)
    await read(1)
    for (const first of [1, 2]) expect(await world.captureStatements(() => read(first))).toHaveLength(3)
  })
})
