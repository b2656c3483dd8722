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
import { link, newResource, toRef } from '../harness/links.ts'
import { walkPages } from '../harness/paging.ts'
import { codeOf, pathsOf } from '../harness/refusals.ts'
import { seedMediaId, seedMediaIds } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'
import { readResource, readUse } from './usage/queries.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, admin } = await world.users())
})
afterAll(() => world?.close())

const createMediaList = (count: number) => seedMediaIds(world, count)
const createMedia = () => seedMediaId(world)
const setMedia = async (client: Client, resource: ResourceInput, mediaIds: string[]) =>
  (await client.send(ResourceMediaSetDocument, { input: { resource, mediaIds } })).resourceMediaSet
const deleteResource = async (client: Client, ref: ResourceRef) =>
  (await client.send(ResourceDeleteDocument, { ref })).resourceDelete
const listMediaOf = async (ref: ResourceInput) =>
  (await readResource(viewer, toRef(ref)))?.usages.nodes.map(({ media }) => media.id)

describe('resourceMediaSet', () => {
  it('makes the resource show exactly these', async () => {
    const [a = '', b = '', c = ''] = await createMediaList(3)
    const lesson = { ...newResource('lesson'), title: 'Set' }
    expect((await setMedia(viewer, lesson, [a])).__typename).toBe('ForbiddenError')
    expect(await setMedia(editor, lesson, [a, b, a])).toMatchObject({ __typename: 'Resource', mediaCount: 2 })
    const usageBefore = (await readUse(viewer, b)).usages.nodes[0]
    expect(await setMedia(editor, lesson, [b, c])).toMatchObject({ mediaCount: 2 })
    expect(await listMediaOf(lesson)).toEqual([b, c])
    expect((await readUse(viewer, b)).usages.nodes[0]).toEqual(usageBefore)
    expect((await readUse(viewer, a)).usageCount).toBe(0)
    expect(await setMedia(editor, lesson, [])).toMatchObject({ mediaCount: 0 })
  })

  it('changes nothing where one of them cannot be linked, and names each', async () => {
    const [a = '', trashed = ''] = await createMediaList(2)
    await admin.send(MediaDeleteDocument, { input: { id: trashed } })
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, [a])
    const result = await setMedia(editor, { ...lesson, title: 'New' }, [trashed, unknownId('Media')])
    expect(result).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [
        { nodeId: trashed, code: 'NOT_FOUND' },
        { nodeId: unknownId('Media'), code: 'NOT_FOUND' },
      ],
    })
    expect(await listMediaOf(lesson)).toEqual([a])
    expect((await readResource(viewer, toRef(lesson)))?.title).toBeNull()
    expect(pathsOf(await setMedia(editor, lesson, [a, 'Media:1']))).toEqual(['mediaIds.1'])
    const tooMany = Array.from({ length: 10_001 }, () => a)
    expect(pathsOf(await setMedia(editor, lesson, tooMany))).toEqual(['mediaIds'])
  })
})

describe('resourceDelete', () => {
  it('unlinks it and everything below, and hides it', async () => {
    const [a = '', b = ''] = await createMediaList(2)
    const course = newResource('course')
    const chapter = { ...newResource('chapter'), parent: course }
    const lesson = { ...newResource('lesson'), parent: chapter }
    await link(editor, a, lesson)
    await link(editor, b, lesson)
    await link(editor, a, course)
    expect((await deleteResource(viewer, course)).__typename).toBe('ForbiddenError')
    const existing = await readResource(viewer, toRef(chapter))
    const deletion = await deleteResource(editor, course)
    expect(deletion).toMatchObject({ __typename: 'Deleted' })
    expect(await deleteResource(editor, course)).toEqual(deletion)
    expect([(await readUse(viewer, a)).usageCount, (await readUse(viewer, b)).usageCount]).toEqual([0, 0])
    expect(await readResource(viewer, toRef(lesson))).toBeNull()
    expect((await viewer.send(NodesDocument, { ids: [existing?.id ?? ''] })).nodes).toEqual([null])
    expect((await deleteResource(editor, newResource('course'))).__typename).toBe('NotFoundError')
    expect(pathsOf(await deleteResource(editor, { type: 'A b', externalId: 'x' }))).toEqual(['ref.type'])
    // Named again without its parents, a resource stands alone; the rest stays away.
    expect(await link(editor, a, toRef(lesson))).toMatchObject({ resource: { parent: null } })
    expect(await readResource(viewer, course)).toBeNull()
    expect(await link(editor, a, lesson)).toMatchObject({ resource: { parent: { externalId: chapter.externalId } } })
    expect(await readResource(viewer, course)).toMatchObject({ mediaCount: 1 })
  })
})

describe('courses', () => {
  beforeAll(async () => {
    // Enough for several pages.
    for (let count = 0; count < 5; count++) await link(editor, await createMedia(), newResource('course'))
  })

  it('count what is used in them and below, shared media once', async () => {
    const [a = '', b = '', c = ''] = await createMediaList(3)
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
    const pagedIds = await walkPages(
      async (side) => {
        const { nodes, pageInfo } = await find(side)
        return { ids: nodes.map(({ id }) => id), pageInfo }
      },
      { size: 2 },
    )
    expect(pagedIds).toEqual(all.nodes.map(({ id }) => id))
    const last = await find({ last: 3 })
    expect(last.nodes.map(({ id }) => id)).toEqual(pagedIds.slice(-3))
    const back = await find({ last: 2, before: last.pageInfo.startCursor })
    expect(back.nodes.map(({ id }) => id)).toEqual(pagedIds.slice(-5, -3))
    expect(await codeOf(find({ first: 101 }))).toBe('INVALID_INPUT')
    expect(await codeOf(find({ first: 1, last: 1 }))).toBe('INVALID_INPUT')
  })

  it.each([
    `courses(search: "counted statements", first: $first) { totalCount nodes { id mediaCount
      usages(first: 2) { totalCount nodes { id } } } }`,
    `mediaList(first: $first) { nodes { id usageCount unusedSince viewerCanUpdate { allowed } viewerCanDelete { reason }
      usages(first: 3) { totalCount nodes { id linkedBy { name } resource { title mediaCount parent { title } } } } } }`,
  ])('take as many statements for many as for few: %s', async (field) => {
    const media = await createMediaList(6)
    for (const id of media)
      await link(editor, id, {
        ...newResource('lesson'),
        parent: { ...newResource('course'), title: 'Counted statements' },
      })
    const query = `query ($first: Int) { ${field} }`
    const token = await world.token('viewer', 'Vera')
    const statementsFor = (first: number) =>
      world.captureStatements(async () => {
        const { data, errors } = await world.post(token, query, { first })
        expect(errors).toBeUndefined()
        expect(Object.values(data ?? {})).toMatchObject([{ nodes: { length: first } }])
      })
    expect((await statementsFor(6)).length).toBe((await statementsFor(1)).length)
  })
})

describe('usages', () => {
  it('are paged by key in both directions, of a media and of a resource', async () => {
    const media = await createMediaList(5)
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, media)
    const all = (await readResource(viewer, lesson))?.usages.nodes.map(({ id }) => id) ?? []
    expect(all).toHaveLength(5)
    const first = await readResource(viewer, lesson, { first: 2 })
    const next = await readResource(viewer, lesson, { first: 2, after: first?.usages.pageInfo.endCursor })
    expect([...(first?.usages.nodes ?? []), ...(next?.usages.nodes ?? [])].map(({ id }) => id)).toEqual(all.slice(0, 4))
    expect((await readResource(viewer, lesson, { last: 2 }))?.usages.nodes.map(({ id }) => id)).toEqual(all.slice(3))
    expect(await codeOf(readResource(viewer, lesson, { first: 101 }))).toBe('INVALID_INPUT')
    expect(await codeOf(readResource(viewer, lesson, { after: 'nonsense' }))).toBe('INVALID_INPUT')
  })
})
