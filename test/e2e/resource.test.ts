import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../client/client.ts'
import {
  CoursesDocument,
  type CoursesQueryVariables,
  MediaDeleteDocument,
  NodesDocument,
  ResourceDeleteDocument,
  type ResourceInput,
  ResourceMediaSetDocument,
  type ResourceRef,
} from '../../client/generated/documents.ts'
import { unknownId } from '../harness/ids.ts'
import { link, newResource, refOf } from '../harness/linking.ts'
import { walkPages } from '../harness/paging.ts'
import { codeOf, pathsOf } from '../harness/refusals.ts'
import { seedMediaId, seedMediaIds } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'
import { resource, use } from './usage/reading.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, admin } = await world.cast())
})
afterAll(() => world?.close())

const seeded = (count: number) => seedMediaIds(world, count)
const one = () => seedMediaId(world)
const set = async (client: Client, resource: ResourceInput, mediaIds: string[]) =>
  (await client.send(ResourceMediaSetDocument, { input: { resource, mediaIds } })).resourceMediaSet
const removed = async (client: Client, ref: ResourceRef) =>
  (await client.send(ResourceDeleteDocument, { ref })).resourceDelete
const shownBy = async (ref: ResourceInput) =>
  (await resource(viewer, refOf(ref)))?.usages.nodes.map(({ media }) => media.id)

describe('resourceMediaSet', () => {
  it('makes the resource show exactly these', async () => {
    const [a = '', b = '', c = ''] = await seeded(3)
    const lesson = { ...newResource('lesson'), title: 'Set' }
    expect((await set(viewer, lesson, [a])).__typename).toBe('ForbiddenError')
    expect(await set(editor, lesson, [a, b, a])).toMatchObject({ __typename: 'Resource', mediaCount: 2 })
    const kept = (await use(viewer, b)).usages.nodes[0]
    expect(await set(editor, lesson, [b, c])).toMatchObject({ mediaCount: 2 })
    expect(await shownBy(lesson)).toEqual([b, c])
    expect((await use(viewer, b)).usages.nodes[0]).toEqual(kept)
    expect((await use(viewer, a)).usageCount).toBe(0)
    expect(await set(editor, lesson, [])).toMatchObject({ mediaCount: 0 })
  })

  it('changes nothing where one of them cannot be linked, and names each', async () => {
    const [a = '', trashed = ''] = await seeded(2)
    await admin.send(MediaDeleteDocument, { input: { id: trashed } })
    const lesson = newResource('lesson')
    await set(editor, lesson, [a])
    const refused = await set(editor, { ...lesson, title: 'New' }, [trashed, unknownId('Media')])
    expect(refused).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [
        { nodeId: trashed, code: 'NOT_FOUND' },
        { nodeId: unknownId('Media'), code: 'NOT_FOUND' },
      ],
    })
    expect(await shownBy(lesson)).toEqual([a])
    expect((await resource(viewer, refOf(lesson)))?.title).toBeNull()
    expect(pathsOf(await set(editor, lesson, [a, 'Media:1']))).toEqual(['mediaIds.1'])
    const tooMany = Array.from({ length: 10_001 }, () => a)
    expect(pathsOf(await set(editor, lesson, tooMany))).toEqual(['mediaIds'])
  })
})

describe('resourceDelete', () => {
  it('unlinks it and everything below, and hides it', async () => {
    const [a = '', b = ''] = await seeded(2)
    const course = newResource('course')
    const chapter = { ...newResource('chapter'), parent: course }
    const lesson = { ...newResource('lesson'), parent: chapter }
    await link(editor, a, lesson)
    await link(editor, b, lesson)
    await link(editor, a, course)
    expect((await removed(viewer, course)).__typename).toBe('ForbiddenError')
    const found = await resource(viewer, refOf(chapter))
    const done = await removed(editor, course)
    expect(done).toMatchObject({ __typename: 'Deleted' })
    expect(await removed(editor, course)).toEqual(done)
    expect([(await use(viewer, a)).usageCount, (await use(viewer, b)).usageCount]).toEqual([0, 0])
    expect(await resource(viewer, refOf(lesson))).toBeNull()
    expect((await viewer.send(NodesDocument, { ids: [found?.id ?? ''] })).nodes).toEqual([null])
    expect((await removed(editor, newResource('course'))).__typename).toBe('NotFoundError')
    expect(pathsOf(await removed(editor, { type: 'A b', externalId: 'x' }))).toEqual(['ref.type'])
    // Named again without its parents, a resource stands alone; the rest stays away.
    expect(await link(editor, a, refOf(lesson))).toMatchObject({ resource: { parent: null } })
    expect(await resource(viewer, course)).toBeNull()
    expect(await link(editor, a, lesson)).toMatchObject({ resource: { parent: { externalId: chapter.externalId } } })
    expect(await resource(viewer, course)).toMatchObject({ mediaCount: 1 })
  })
})

describe('courses', () => {
  beforeAll(async () => {
    // Enough for several pages.
    for (let count = 0; count < 5; count++) await link(editor, await one(), newResource('course'))
  })

  it('count what is used in them and below, shared media once', async () => {
    const [a = '', b = '', c = ''] = await seeded(3)
    const course = { type: 'course', externalId: 'counted', title: 'Zoology 100%' }
    await link(editor, a, course)
    await link(editor, a, { ...newResource('lesson'), parent: { ...newResource('chapter'), parent: course } })
    await link(editor, b, { ...newResource('chapter'), parent: course })
    await link(editor, c, { ...newResource('lesson'), parent: newResource('course') })
    const find = async (variables: CoursesQueryVariables) => (await viewer.send(CoursesDocument, variables)).courses
    expect((await find({ search: 'zoology 100%' })).nodes).toMatchObject([{ externalId: 'counted', mediaCount: 2 }])
    expect((await find({ search: 'zoology_' })).totalCount).toBe(0)
    const all = await find({ first: 100 })
    expect(all.totalCount).toBe(all.nodes.length)
    const walked = await walkPages(
      async (side) => {
        const { nodes, pageInfo } = await find(side)
        return { ids: nodes.map(({ id }) => id), pageInfo }
      },
      { size: 2 },
    )
    expect(walked).toEqual(all.nodes.map(({ id }) => id))
    const last = await find({ last: 3 })
    expect(last.nodes.map(({ id }) => id)).toEqual(walked.slice(-3))
    const back = await find({ last: 2, before: last.pageInfo.startCursor })
    expect(back.nodes.map(({ id }) => id)).toEqual(walked.slice(-5, -3))
    expect(await codeOf(find({ first: 101 }))).toBe('INVALID_INPUT')
    expect(await codeOf(find({ first: 1, last: 1 }))).toBe('INVALID_INPUT')
  })

  it.each([
    `courses(search: "counted statements", first: $first) { totalCount nodes { id mediaCount
      usages(first: 2) { totalCount nodes { id } } } }`,
    `mediaList(first: $first) { nodes { id usageCount unusedSince viewerCanUpdate { allowed } viewerCanDelete { reason }
      usages(first: 3) { totalCount nodes { id linkedBy { name } resource { title mediaCount parent { title } } } } } }`,
  ])('take as many statements for many as for few: %s', async (field) => {
    const media = await seeded(6)
    for (const id of media)
      await link(editor, id, {
        ...newResource('lesson'),
        parent: { ...newResource('course'), title: 'Counted statements' },
      })
    const query = `query ($first: Int) { ${field} }`
    const token = await world.token('viewer', 'Vera')
    const statementsFor = (first: number) =>
      world.statementsOf(async () => {
        const { data, errors } = await world.post(token, query, { first })
        expect(errors).toBeUndefined()
        expect(Object.values(data ?? {})).toMatchObject([{ nodes: { length: first } }])
      })
    expect((await statementsFor(6)).length).toBe((await statementsFor(1)).length)
  })
})

describe('usages', () => {
  it('are paged by key in both directions, of a media and of a resource', async () => {
    const media = await seeded(5)
    const lesson = newResource('lesson')
    await set(editor, lesson, media)
    const all = (await resource(viewer, lesson))?.usages.nodes.map(({ id }) => id) ?? []
    expect(all).toHaveLength(5)
    const first = await resource(viewer, lesson, { first: 2 })
    const next = await resource(viewer, lesson, { first: 2, after: first?.usages.pageInfo.endCursor })
    expect([...(first?.usages.nodes ?? []), ...(next?.usages.nodes ?? [])].map(({ id }) => id)).toEqual(all.slice(0, 4))
    expect((await resource(viewer, lesson, { last: 2 }))?.usages.nodes.map(({ id }) => id)).toEqual(all.slice(3))
    expect(await codeOf(resource(viewer, lesson, { first: 101 }))).toBe('INVALID_INPUT')
    expect(await codeOf(resource(viewer, lesson, { after: 'nonsense' }))).toBe('INVALID_INPUT')
  })
})
