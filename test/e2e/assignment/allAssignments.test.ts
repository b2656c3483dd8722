import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { Assignment } from '../../../prisma/generated/client/client.ts'
import { AssignmentStatus } from '../../../prisma/generated/client/enums.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { type PageArguments, readAllPages } from '../../harness/paging.ts'
import { seedMediaIds } from '../../harness/seed.ts'
import { readViewerId } from '../../harness/viewer.ts'
import { it as base } from './assignmentIt.ts'

interface List {
  totalCount: number
  nodes: { id: string }[]
  pageInfo: { startCursor: string; endCursor: string; hasNextPage: boolean; hasPreviousPage: boolean }
}

interface Filter {
  mediaId?: string
  userId?: string
  assignedById?: string
  statuses?: AssignmentStatus[]
  assignedAfter?: string
  assignedBefore?: string
}

const query = `query ($filter: AssignmentFilter, $first: Int, $after: String, $last: Int, $before: String) {
  assignments(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}`

const firstAt = Date.UTC(2026, 0, 1)
const timeOf = (index: number) => new Date(firstAt + Math.floor(index / 3) * 1000)
/** Selects the prepared rows, and none that a test creates. */
const beforeOthers: Filter = { assignedBefore: new Date(firstAt + 60_000).toISOString() }
const pick = <Value>(values: readonly Value[], index: number) => values[index % values.length] as Value // as: never empty

const it = base
  .extend('tokens', { scope: 'file' }, async ({ world }) => ({
    viewer: await world.token('viewer', 'Vera'),
    editor: await world.token('editor', 'Ada'),
  }))
  /** Assignments of four media to five users, one of them Vera: of every status, three at each time. */
  .extend('rows', { scope: 'file' }, async ({ world, tokens, createUsers }) => {
    const { database } = world.runtime.ports
    const media = (await seedMediaIds(world, 4, { uploader: 'Ada', status: 'READY' })).map(uuidOf)
    const viewerId = await readViewerId(world, tokens.viewer)
    const users = [viewerId, ...(await createUsers(4))].map(uuidOf)
    await database.assignment.createMany({
      data: Array.from({ length: 40 }, (_, index) => ({
        mediaId: pick(media, index),
        heldMediaId: index % 7 === 0 ? null : pick(media, index),
        mediaTitle: `Media ${index}`,
        userId: pick(users, index),
        assignedById: index % 4 === 0 ? null : pick(users, index * 3),
        status: index < users.length ? 'CURRENT' : pick(['REPLACED', 'UNDONE', 'ENDED'] as const, index),
        assignedAt: timeOf(index),
        undoableUntil: new Date(timeOf(index).getTime() + 30_000),
      })),
    })
    const all = await database.assignment.findMany({ orderBy: [{ assignedAt: 'desc' }, { sequence: 'desc' }] })
    return { media, users, viewerId, all }
  })
  .extend('list', { scope: 'file' }, ({ world, tokens }) => async (role: 'viewer' | 'editor', variables: object) => {
    const { data, errors } = await world.post(tokens[role], query, variables)
    const [error] = errors ?? []
    if (error !== undefined) throw new Error(`${error.extensions?.code} ${error.message}`)
    return data?.['assignments'] as List // as: selected
  })

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => globalId('Assignment', id))

const matches = (row: Assignment, filter: Filter): boolean =>
  (filter.mediaId === undefined || uuidOf(filter.mediaId) === row.mediaId) &&
  (filter.userId === undefined || uuidOf(filter.userId) === row.userId) &&
  (filter.assignedById === undefined || uuidOf(filter.assignedById) === row.assignedById) &&
  (filter.statuses === undefined || filter.statuses.includes(row.status)) &&
  (filter.assignedAfter === undefined || row.assignedAt >= new Date(filter.assignedAfter)) &&
  (filter.assignedBefore === undefined || row.assignedAt < new Date(filter.assignedBefore))

describe('assignments', () => {
  it('are those that match every condition, newest first', async ({ rows, list }) => {
    const idFrom = (type: 'Media' | 'User', ids: string[]) => fc.constantFrom(...ids).map((id) => globalId(type, id))
    const time = fc.nat(15).map((second) => new Date(firstAt + second * 1000).toISOString())
    const filters = fc.record(
      {
        mediaId: idFrom('Media', rows.media),
        userId: idFrom('User', rows.users),
        assignedById: idFrom('User', rows.users),
        statuses: fc.subarray(Object.values(AssignmentStatus)),
        assignedAfter: time,
        assignedBefore: time,
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(filters, async (conditions) => {
        const filter = { ...beforeOthers, ...conditions }
        const expected = rows.all.filter((row) => matches(row, filter))
        const { totalCount, nodes } = await list('editor', { filter, first: 100 })
        expect(nodes.map(({ id }) => id)).toEqual(idsOf(expected))
        expect(totalCount).toBe(expected.length)
      }),
      { numRuns: 60, examples: [[{}], [{ statuses: ['UNDONE'] }], [{ statuses: [] }]] },
    )
  })

  it.for([
    ['forwards', false],
    ['backwards', true],
  ] as const)(
    'are all returned once by pages %s, while others are created',
    async ([, backward], { rows, list, users, createMedia, createUser }) => {
      const read = async (page: PageArguments) => {
        const { nodes, pageInfo } = await list('editor', { filter: beforeOthers, ...page })
        return { ids: nodes.map(({ id }) => id), pageInfo }
      }
      const mediaId = await createMedia()
      const betweenPages = async () => void (await createAssignment(users.editor, mediaId, await createUser()))
      expect(await readAllPages(read, { size: 7, backward, betweenPages })).toEqual(idsOf(rows.all))
    },
  )

  it('are only their own for viewers', async ({ rows, list }) => {
    const own = rows.all.filter(({ userId }) => userId === uuidOf(rows.viewerId))
    for (const filter of [undefined, {}, { userId: rows.viewerId }]) {
      const { totalCount, nodes } = await list('viewer', { filter, first: 100 })
      expect({ totalCount, ids: nodes.map(({ id }) => id) }).toEqual({ totalCount: own.length, ids: idsOf(own) })
    }
  })

  it('of another user are an empty list for viewers', async ({ rows, list }) => {
    const filter = { userId: globalId('User', rows.users[1] ?? '') }
    expect((await list('editor', { filter })).totalCount).toBe(8)
    expect(await list('viewer', { filter })).toMatchObject({ totalCount: 0, nodes: [] })
  })

  it('of a user who does not exist are an empty list', async ({ list }) => {
    expect(await list('editor', { filter: { userId: unknownId('User') } })).toMatchObject({ totalCount: 0, nodes: [] })
  })

  it('need a token', async ({ world }) => {
    expect((await world.post(null, query)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it.for([
    ['the id of a user as a media', { filter: { mediaId: unknownId('User') } }, 'filter.mediaId'],
    ['a malformed user id', { filter: { userId: '1' } }, 'filter.userId'],
    ['the id of a media as a user', { filter: { assignedById: unknownId('Media') } }, 'filter.assignedById'],
    ['21 statuses', { filter: { statuses: Array(21).fill('CURRENT') } }, 'filter.statuses'],
    ['the year 0', { filter: { assignedAfter: '0000-01-01T00:00:00Z' } }, 'filter.assignedAfter'],
    ['101 rows', { first: 101 }, 'first'],
    ['both ends', { first: 1, last: 1 }, 'last'],
    ['an unknown cursor', { after: 'bm90aGluZw' }, 'after'],
  ] as const)('refuse %s', async ([, variables, path], { list }) => {
    await expect(list('editor', variables)).rejects.toThrow(`INVALID_INPUT ${path}: `)
  })

  it('take as many statements for a long page as for a short one', async ({ world, tokens, rows }) => {
    expect(rows.all.length).toBeGreaterThan(30)
    const fields =
      'totalCount nodes { id status media { title } user { name } assignedBy { name } previous { id } batch { id } }'
    const read = (first: number) => world.post(tokens.editor, `{ assignments(first: ${first}) { ${fields} } }`)
    await read(1)
    for (const first of [1, 30]) expect(await world.captureStatements(() => read(first))).toHaveLength(2)
  })
})
