import { describe, expect } from 'vitest'
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
import { it } from '../harness/it.ts'
import { link, newResource, toRef } from '../harness/links.ts'
import { readAllPages } from '../harness/paging.ts'
import { codeOf, pathsOf } from '../harness/refusals.ts'
import { seedMediaId, seedMediaIds } from '../harness/seed.ts'
import type { UserClients, World } from '../harness/world.ts'
import { readResource, readUse } from './usage/queries.ts'

const createTrashedMedia = async (world: World, client: Client): Promise<string> => {
  const id = await seedMediaId(world)
  await client.send(MediaDeleteDocument, { input: { id } })
  return id
}
const setMedia = async (client: Client, resource: ResourceInput, mediaIds: string[]) =>
  (await client.send(ResourceMediaSetDocument, { input: { resource, mediaIds } })).resourceMediaSet
const deleteResource = async (client: Client, ref: ResourceRef) =>
  (await client.send(ResourceDeleteDocument, { ref })).resourceDelete
const listMediaOf = async (client: Client, ref: ResourceInput) =>
  (await readResource(client, toRef(ref)))?.usages.nodes.map(({ media }) => media.id)

const listCourses = async (client: Client, variables: CoursesQueryVariables) =>
  (await client.send(CoursesDocument, variables)).courses

describe('resourceMediaSet', () => {
  it('refuses viewers', async ({ world, users: { viewer } }) => {
    expect((await setMedia(viewer, newResource('lesson'), [await seedMediaId(world)])).__typename).toBe(
      'ForbiddenError',
    )
  })

  it('links each media once', async ({ world, users: { editor } }) => {
    const [a = '', b = ''] = await seedMediaIds(world, 2)
    const lesson = { ...newResource('lesson'), title: 'Set' }
    expect(await setMedia(editor, lesson, [a, b, a])).toMatchObject({ __typename: 'Resource', mediaCount: 2 })
  })

  it('unlinks media that are not in the list', async ({ world, users: { editor, viewer } }) => {
    const [a = '', b = '', c = ''] = await seedMediaIds(world, 3)
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, [a, b])
    expect(await setMedia(editor, lesson, [b, c])).toMatchObject({ mediaCount: 2 })
    expect(await listMediaOf(viewer, lesson)).toEqual([b, c])
    expect((await readUse(viewer, a)).usageCount).toBe(0)
  })

  it('keeps the existing link of a media in the list', async ({ world, users: { editor, viewer } }) => {
    const [a = '', b = '', c = ''] = await seedMediaIds(world, 3)
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, [a, b])
    const existingUsage = (await readUse(viewer, b)).usages.nodes[0]
    await setMedia(editor, lesson, [b, c])
    expect((await readUse(viewer, b)).usages.nodes[0]).toEqual(existingUsage)
  })

  it('unlinks all media for an empty list', async ({ world, users: { editor } }) => {
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, await seedMediaIds(world, 2))
    expect(await setMedia(editor, lesson, [])).toMatchObject({ mediaCount: 0 })
  })

  it('names each media that cannot be linked', async ({ world, users: { admin, editor } }) => {
    const trashedId = await createTrashedMedia(world, admin)
    expect(await setMedia(editor, newResource('lesson'), [trashedId, unknownId('Media')])).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [
        { nodeId: trashedId, code: 'NOT_FOUND' },
        { nodeId: unknownId('Media'), code: 'NOT_FOUND' },
      ],
    })
  })

  it('changes nothing if one of the media cannot be linked', async ({ world, users: { admin, editor, viewer } }) => {
    const id = await seedMediaId(world)
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, [id])
    await setMedia(editor, { ...lesson, title: 'New' }, [await createTrashedMedia(world, admin), unknownId('Media')])
    expect(await listMediaOf(viewer, lesson)).toEqual([id])
    expect((await readResource(viewer, toRef(lesson)))?.title).toBeNull()
  })

  it('refuses a malformed media id', async ({ world, users: { editor } }) => {
    const result = await setMedia(editor, newResource('lesson'), [await seedMediaId(world), 'Media:1'])
    expect(pathsOf(result)).toEqual(['mediaIds.1'])
  })

  it('refuses more than 10,000 media', async ({ world, users: { editor } }) => {
    const id = await seedMediaId(world)
    const ids = Array.from({ length: 10_001 }, () => id)
    expect(pathsOf(await setMedia(editor, newResource('lesson'), ids))).toEqual(['mediaIds'])
  })
})

describe('resourceDelete', () => {
  /** A course with a chapter with a lesson: `a` is linked to the course and the lesson, `b` to the lesson. */
  const createLinkedCourse = async (world: World, editor: Client) => {
    const [a = '', b = ''] = await seedMediaIds(world, 2)
    const course = newResource('course')
    const chapter = { ...newResource('chapter'), parent: course }
    const lesson = { ...newResource('lesson'), parent: chapter }
    await link(editor, a, lesson)
    await link(editor, b, lesson)
    await link(editor, a, course)
    return { a, b, course, chapter, lesson }
  }

  it('refuses viewers', async ({ world, users: { editor, viewer } }) => {
    const { course } = await createLinkedCourse(world, editor)
    expect((await deleteResource(viewer, course)).__typename).toBe('ForbiddenError')
  })

  it('unlinks the media of the resource and of its descendants', async ({ world, users: { editor, viewer } }) => {
    const { a, b, course } = await createLinkedCourse(world, editor)
    expect(await deleteResource(editor, course)).toMatchObject({ __typename: 'Deleted' })
    expect([(await readUse(viewer, a)).usageCount, (await readUse(viewer, b)).usageCount]).toEqual([0, 0])
  })

  it('returns the same result when the call is repeated', async ({ world, users: { editor } }) => {
    const { course } = await createLinkedCourse(world, editor)
    const deletion = await deleteResource(editor, course)
    expect(await deleteResource(editor, course)).toEqual(deletion)
  })

  it('hides the descendants of the resource', async ({ world, users: { editor, viewer } }) => {
    const { course, chapter, lesson } = await createLinkedCourse(world, editor)
    const existing = await readResource(viewer, toRef(chapter))
    await deleteResource(editor, course)
    expect(await readResource(viewer, toRef(lesson))).toBeNull()
    expect((await viewer.send(NodesDocument, { ids: [existing?.id ?? ''] })).nodes).toEqual([null])
  })

  it('refuses a resource that does not exist', async ({ users: { editor } }) => {
    expect((await deleteResource(editor, newResource('course'))).__typename).toBe('NotFoundError')
  })

  it('refuses an invalid type', async ({ users: { editor } }) => {
    expect(pathsOf(await deleteResource(editor, { type: 'A b', externalId: 'x' }))).toEqual(['ref.type'])
  })

  it('leaves the parents deleted when a link restores a descendant without naming them', async ({
    world,
    users: { editor, viewer },
  }) => {
    const { a, course, lesson } = await createLinkedCourse(world, editor)
    await deleteResource(editor, course)
    expect(await link(editor, a, toRef(lesson))).toMatchObject({ resource: { parent: null } })
    expect(await readResource(viewer, course)).toBeNull()
  })

  it('is undone for the parents that a link names', async ({ world, users: { editor, viewer } }) => {
    const { a, course, chapter, lesson } = await createLinkedCourse(world, editor)
    await deleteResource(editor, course)
    await link(editor, a, toRef(lesson))
    expect(await link(editor, a, lesson)).toMatchObject({ resource: { parent: { externalId: chapter.externalId } } })
    expect(await readResource(viewer, course)).toMatchObject({ mediaCount: 1 })
  })
})

describe('courses', () => {
  it.beforeAll(async ({ world, users: { editor } }) => {
    // Enough courses for several pages.
    for (let count = 0; count < 5; count++) await link(editor, await seedMediaId(world), newResource('course'))
  })

  const walkCourseIds = (viewer: Client) =>
    readAllPages(
      async (side) => {
        const { nodes, pageInfo } = await listCourses(viewer, side)
        return { ids: nodes.map(({ id }) => id), pageInfo }
      },
      { size: 2 },
    )

  it('counts each media in a course and below it once', async ({ world, users: { editor, viewer } }) => {
    const [a = '', b = '', c = ''] = await seedMediaIds(world, 3)
    const course = { type: 'course', externalId: 'counted', title: 'Zoology' }
    await link(editor, a, course)
    await link(editor, a, { ...newResource('lesson'), parent: { ...newResource('chapter'), parent: course } })
    await link(editor, b, { ...newResource('chapter'), parent: course })
    await link(editor, c, { ...newResource('lesson'), parent: newResource('course') })
    const { nodes } = await listCourses(viewer, { search: 'zoology' })
    expect(nodes).toMatchObject([{ externalId: 'counted', mediaCount: 2 }])
  })

  it('treats wildcards in the search text as plain characters', async ({ world, users: { editor, viewer } }) => {
    await link(editor, await seedMediaId(world), { type: 'course', externalId: 'wildcards', title: 'Botany 100%' })
    expect((await listCourses(viewer, { search: 'botany 100%' })).nodes).toMatchObject([{ externalId: 'wildcards' }])
    expect((await listCourses(viewer, { search: 'botany_' })).totalCount).toBe(0)
  })

  it('returns the total count of courses', async ({ users: { viewer } }) => {
    const { totalCount, nodes } = await listCourses(viewer, { first: 100 })
    expect(totalCount).toBe(nodes.length)
  })

  it('returns each course once on pages of two', async ({ users: { viewer } }) => {
    const { nodes } = await listCourses(viewer, { first: 100 })
    expect(await walkCourseIds(viewer)).toEqual(nodes.map(({ id }) => id))
  })

  it('returns pages backwards', async ({ users: { viewer } }) => {
    const ids = await walkCourseIds(viewer)
    const last = await listCourses(viewer, { last: 3 })
    expect(last.nodes.map(({ id }) => id)).toEqual(ids.slice(-3))
    const previous = await listCourses(viewer, { last: 2, before: last.pageInfo.startCursor })
    expect(previous.nodes.map(({ id }) => id)).toEqual(ids.slice(-5, -3))
  })

  it('refuses a page of more than 100', async ({ users: { viewer } }) => {
    expect(await codeOf(listCourses(viewer, { first: 101 }))).toBe('INVALID_INPUT')
  })

  it('refuses first together with last', async ({ users: { viewer } }) => {
    expect(await codeOf(listCourses(viewer, { first: 1, last: 1 }))).toBe('INVALID_INPUT')
  })
})

describe('lists with usages', () => {
  it.for<[string, string]>([
    [
      'courses',
      `courses(search: "counted statements", first: $first) { totalCount nodes { id mediaCount
      usages(first: 2) { totalCount nodes { id } } } }`,
    ],
    [
      'mediaList',
      `mediaList(first: $first) { nodes { id usageCount unusedSince viewerCanUpdate { allowed } viewerCanDelete { reason }
      usages(first: 3) { totalCount nodes { id linkedBy { name } resource { title mediaCount parent { title } } } } } }`,
    ],
  ])('run as many statements for six rows of %s as for one', async ([_name, field], { world, users: { editor } }) => {
    const mediaIds = await seedMediaIds(world, 6)
    for (const id of mediaIds)
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

describe('usages of a resource', () => {
  /** A lesson with five usages, and their ids in order. */
  const createUsedLesson = async (world: World, { editor, viewer }: UserClients) => {
    const lesson = newResource('lesson')
    await setMedia(editor, lesson, await seedMediaIds(world, 5))
    const usageIds = (await readResource(viewer, lesson))?.usages.nodes.map(({ id }) => id) ?? []
    expect(usageIds).toHaveLength(5)
    return { lesson, usageIds }
  }

  it('are paged forwards', async ({ world, users }) => {
    const { lesson, usageIds } = await createUsedLesson(world, users)
    const first = await readResource(users.viewer, lesson, { first: 2 })
    const next = await readResource(users.viewer, lesson, { first: 2, after: first?.usages.pageInfo.endCursor })
    const pagedIds = [...(first?.usages.nodes ?? []), ...(next?.usages.nodes ?? [])].map(({ id }) => id)
    expect(pagedIds).toEqual(usageIds.slice(0, 4))
  })

  it('are paged backwards', async ({ world, users }) => {
    const { lesson, usageIds } = await createUsedLesson(world, users)
    const last = await readResource(users.viewer, lesson, { last: 2 })
    expect(last?.usages.nodes.map(({ id }) => id)).toEqual(usageIds.slice(3))
  })

  it('are refused on a page of more than 100', async ({ world, users }) => {
    const { lesson } = await createUsedLesson(world, users)
    expect(await codeOf(readResource(users.viewer, lesson, { first: 101 }))).toBe('INVALID_INPUT')
  })

  it('are refused for an invalid cursor', async ({ world, users }) => {
    const { lesson } = await createUsedLesson(world, users)
    expect(await codeOf(readResource(users.viewer, lesson, { after: 'nonsense' }))).toBe('INVALID_INPUT')
  })
})
