import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import {
  CoursesDocument,
  type CoursesQueryVariables,
  MediaDeleteDocument,
  MediaLinkDocument,
  MediaUnlinkDocument,
  MediaUseDocument,
  NodesDocument,
  ResourceDeleteDocument,
  ResourceDocument,
  type ResourceInput,
  ResourceMediaSetDocument,
  type ResourceRef,
} from '../../client/generated/documents.ts'
import { seedMedia } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;[viewer, editor, admin] = await Promise.all([
    world.client('viewer', 'Vera'),
    world.client('editor', 'Ada'),
    world.client('admin', 'Root'),
  ])
})
afterAll(() => world?.close())

const unknownId = 'Media:019a5b3c-0000-7000-8000-000000000000'
let names = 0
const fresh = (type: string): ResourceInput => ({ type, externalId: `${type}-${++names}` })
const seeded = async (count = 1) => (await seedMedia(world, count)).map((id) => `Media:${id}`)
const one = async () => (await seeded())[0] ?? ''
const refOf = ({ source, type, externalId }: ResourceInput): ResourceRef => ({ source, type, externalId })

const link = async (client: Client, mediaId: string, resource: ResourceInput) =>
  (await client.send(MediaLinkDocument, { input: { mediaId, resource } })).mediaLink
const unlink = async (client: Client, mediaId: string, resource: ResourceRef) =>
  (await client.send(MediaUnlinkDocument, { input: { mediaId, resource } })).mediaUnlink
const set = async (client: Client, resource: ResourceInput, mediaIds: string[]) =>
  (await client.send(ResourceMediaSetDocument, { input: { resource, mediaIds } })).resourceMediaSet
const removed = async (client: Client, ref: ResourceRef) =>
  (await client.send(ResourceDeleteDocument, { ref })).resourceDelete
const use = async (id: string) => {
  const { media } = await viewer.send(MediaUseDocument, { id })
  if (media == null) throw new Error(`${id} does not exist`)
  return media
}
const resource = async (ref: ResourceRef, page = {}) =>
  (await viewer.send(ResourceDocument, { ref, ...page })).resource ?? null
const shownBy = async (ref: ResourceInput) => (await resource(refOf(ref)))?.usages.nodes.map(({ media }) => media.id)
const eventsOf = async (action: string, id: string) =>
  world.runtime.ports.database.event.findMany({ where: { action, mediaId: id.slice('Media:'.length) } })
const codeOf = async (answer: Promise<unknown>): Promise<string | undefined> =>
  answer.then(
    () => 'no error',
    (error: unknown) => (error instanceof ResponseError ? error.errors[0]?.extensions?.code : String(error)),
  )
const pathsOf = (result: { __typename?: string; fields?: { path: string }[] }) =>
  result.fields?.map(({ path }) => path) ?? result.__typename

describe('mediaLink', () => {
  it('is for nobody without a token, nor for viewers', async () => {
    const id = await one()
    const response = await fetch(world.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { mediaLink(input: { mediaId: "${id}", resource: { type: "lesson", externalId: "1" } }) { __typename } }`,
      }),
    })
    expect(JSON.stringify(await response.json())).toContain('UNAUTHENTICATED')
    expect((await link(viewer, id, fresh('lesson'))).__typename).toBe('ForbiddenError')
    expect((await use(id)).usageCount).toBe(0)
  })

  it('makes the resource with its title, URL and parents, and keeps the counts true', async () => {
    const id = await one()
    const course = { ...fresh('course'), title: 'Biology' }
    const chapter = { ...fresh('chapter'), parent: course }
    const lesson = { ...fresh('lesson'), title: 'Leaves', url: 'https://lms.example/l/1', parent: chapter }
    expect((await use(id)).unusedSince).not.toBeNull()
    expect(await link(editor, id, lesson)).toMatchObject({
      __typename: 'MediaUsage',
      linkedBy: { name: 'Ada' },
      media: { id, usageCount: 1 },
      resource: { title: 'Leaves', url: 'https://lms.example/l/1', parent: { externalId: chapter.externalId } },
    })
    expect(await use(id)).toMatchObject({
      usageCount: 1,
      unusedSince: null,
      usages: { totalCount: 1, nodes: [{ resource: { source: 'default', type: 'lesson' } }] },
    })
    expect(await resource(refOf(course))).toMatchObject({ title: 'Biology', mediaCount: 1, usages: { nodes: [] } })
  })

  it('gives the same link to an LMS that repeats the call', async () => {
    const id = await one()
    const lesson = fresh('lesson')
    const first = await link(editor, id, lesson)
    expect(first.__typename).toBe('MediaUsage')
    expect(await link(admin, id, lesson)).toEqual(first)
    expect(await eventsOf('media.linked', id)).toHaveLength(1)
  })

  it('gives it once, when the call is repeated at the same moment', async () => {
    const id = await one()
    const lesson = { ...fresh('lesson'), parent: fresh('course') }
    const results = await Promise.all(Array.from({ length: 8 }, () => link(editor, id, lesson)))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect((await use(id)).usageCount).toBe(1)
  })

  it('leaves alone what is absent, and clears what is null', async () => {
    const id = await one()
    const course = fresh('course')
    const lesson = { ...fresh('lesson'), title: 'Roots', parent: course }
    await link(editor, id, lesson)
    expect(await link(editor, id, refOf(lesson))).toMatchObject({
      resource: { title: 'Roots', parent: { externalId: course.externalId } },
    })
    expect(await link(editor, id, { ...refOf(lesson), title: null, parent: null })).toMatchObject({
      resource: { title: null, parent: null },
    })
  })

  it('keeps several LMSs apart', async () => {
    const id = await one()
    const lesson = fresh('lesson')
    await link(editor, id, { ...lesson, source: 'moodle' })
    await link(editor, id, { ...lesson, source: 'canvas' })
    expect((await use(id)).usageCount).toBe(2)
    expect(await resource(lesson)).toBeNull()
  })

  const deep = (levels: number): ResourceInput =>
    levels === 0 ? fresh('unit') : { ...fresh('unit'), parent: deep(levels - 1) }
  const loop = { type: 'course', externalId: 'loop' }

  it.each<[string, ResourceInput, string[]]>([
    ['a type with capitals', { type: 'Lesson', externalId: '1' }, ['resource.type']],
    ['a type with spaces', { type: 'a lesson', externalId: '1' }, ['resource.type']],
    ['an empty type', { type: '', externalId: '1' }, ['resource.type']],
    ['a type of 65 characters', { type: 'a'.repeat(65), externalId: '1' }, ['resource.type']],
    ['a source with capitals', { source: 'Moodle', type: 'lesson', externalId: '1' }, ['resource.source']],
    ['an empty external id', { type: 'lesson', externalId: ' ' }, ['resource.externalId']],
    ['an external id of 256 characters', { type: 'lesson', externalId: 'x'.repeat(256) }, ['resource.externalId']],
    ['a script as URL', { type: 'lesson', externalId: '1', url: 'javascript:alert(1)' }, ['resource.url']],
    ['a URL that is none', { type: 'lesson', externalId: '1', url: 'http://' }, ['resource.url']],
    [
      'a bad parent',
      { type: 'lesson', externalId: '1', parent: { type: 'No', externalId: '1' } },
      ['resource.parent.type'],
    ],
    ['eleven parents', deep(11), ['resource']],
    [
      'a chain that is a cycle',
      { ...loop, parent: { type: 'chapter', externalId: 'loop', parent: loop } },
      ['resource.parent.parent'],
    ],
  ])('refuses %s', async (_name, input, paths) => {
    const id = await one()
    expect(pathsOf(await link(editor, id, input))).toEqual(paths)
    expect((await use(id)).usageCount).toBe(0)
  })

  it('takes ten parents', async () => {
    expect((await link(editor, await one(), deep(10))).__typename).toBe('MediaUsage')
  })

  it('refuses to put a resource below itself, also in two steps, and changes nothing', async () => {
    const id = await one()
    const [course, chapter, lesson] = [fresh('course'), fresh('chapter'), fresh('lesson')]
    await link(editor, id, { ...lesson, parent: { ...chapter, parent: course } })
    const moved = { ...course, title: 'Moved', parent: lesson }
    expect(pathsOf(await link(editor, await one(), moved))).toEqual(['resource.parent'])
    expect(await resource(course)).toMatchObject({ title: null, parent: null, mediaCount: 1 })
  })

  it('tells a malformed id from one that leads nowhere, and makes no resource for either', async () => {
    const lesson = fresh('lesson')
    expect(pathsOf(await link(editor, 'Media:1', lesson))).toEqual(['mediaId'])
    expect(pathsOf(await link(editor, unknownId.replace('Media', 'Upload'), lesson))).toEqual(['mediaId'])
    expect((await link(editor, unknownId, lesson)).__typename).toBe('NotFoundError')
    expect(await resource(lesson)).toBeNull()
  })
})

describe('mediaUnlink', () => {
  it('climbs the ladder', async () => {
    const id = await one()
    const lesson = fresh('lesson')
    await link(editor, id, lesson)
    expect((await unlink(viewer, id, lesson)).__typename).toBe('ForbiddenError')
    const before = Date.now()
    const done = await unlink(editor, id, lesson)
    expect(done).toMatchObject({ __typename: 'Media', usageCount: 0 })
    expect(Date.parse((await use(id)).unusedSince ?? '')).toBeGreaterThanOrEqual(before - 1)
    expect(await unlink(editor, id, lesson)).toEqual(done)
    expect(await eventsOf('media.unlinked', id)).toHaveLength(1)
    expect((await unlink(editor, id, fresh('lesson'))).__typename).toBe('NotFoundError')
    expect((await unlink(editor, unknownId, lesson)).__typename).toBe('NotFoundError')
    expect(pathsOf(await unlink(editor, id, { type: 'Lesson', externalId: '1' }))).toEqual(['resource.type'])
  })
})

describe('resourceMediaSet', () => {
  it('makes the resource show exactly these', async () => {
    const [a = '', b = '', c = ''] = await seeded(3)
    const lesson = { ...fresh('lesson'), title: 'Set' }
    expect((await set(viewer, lesson, [a])).__typename).toBe('ForbiddenError')
    expect(await set(editor, lesson, [a, b, a])).toMatchObject({ __typename: 'Resource', mediaCount: 2 })
    const kept = (await use(b)).usages.nodes[0]
    expect(await set(editor, lesson, [b, c])).toMatchObject({ mediaCount: 2 })
    expect(await shownBy(lesson)).toEqual([b, c])
    expect((await use(b)).usages.nodes[0]).toEqual(kept)
    expect((await use(a)).usageCount).toBe(0)
    expect(await set(editor, lesson, [])).toMatchObject({ mediaCount: 0 })
  })

  it('changes nothing where one of them cannot be linked, and names each', async () => {
    const [a = '', trashed = ''] = await seeded(2)
    await admin.send(MediaDeleteDocument, { input: { id: trashed } })
    const lesson = fresh('lesson')
    await set(editor, lesson, [a])
    const refused = await set(editor, { ...lesson, title: 'New' }, [trashed, unknownId])
    expect(refused).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [
        { nodeId: trashed, code: 'NOT_FOUND' },
        { nodeId: unknownId, code: 'NOT_FOUND' },
      ],
    })
    expect(await shownBy(lesson)).toEqual([a])
    expect((await resource(refOf(lesson)))?.title).toBeNull()
    expect(pathsOf(await set(editor, lesson, [a, 'Media:1']))).toEqual(['mediaIds.1'])
    expect(
      pathsOf(
        await set(
          editor,
          lesson,
          Array.from({ length: 10_001 }, () => a),
        ),
      ),
    ).toEqual(['mediaIds'])
  })
})

describe('resourceDelete', () => {
  it('unlinks it and everything below, and hides it', async () => {
    const [a = '', b = ''] = await seeded(2)
    const course = fresh('course')
    const chapter = { ...fresh('chapter'), parent: course }
    const lesson = { ...fresh('lesson'), parent: chapter }
    await link(editor, a, lesson)
    await link(editor, b, lesson)
    await link(editor, a, course)
    expect((await removed(viewer, course)).__typename).toBe('ForbiddenError')
    const found = await resource(refOf(chapter))
    const done = await removed(editor, course)
    expect(done).toMatchObject({ __typename: 'Deleted' })
    expect(await removed(editor, course)).toEqual(done)
    expect([(await use(a)).usageCount, (await use(b)).usageCount]).toEqual([0, 0])
    expect(await resource(refOf(lesson))).toBeNull()
    expect((await viewer.send(NodesDocument, { ids: [found?.id ?? ''] })).nodes).toEqual([null])
    expect((await removed(editor, fresh('course'))).__typename).toBe('NotFoundError')
    expect(pathsOf(await removed(editor, { type: 'A b', externalId: 'x' }))).toEqual(['ref.type'])
    // Named again without its parents, a resource stands alone; the rest stays away.
    expect(await link(editor, a, refOf(lesson))).toMatchObject({ resource: { parent: null } })
    expect(await resource(course)).toBeNull()
    expect(await link(editor, a, lesson)).toMatchObject({ resource: { parent: { externalId: chapter.externalId } } })
    expect(await resource(course)).toMatchObject({ mediaCount: 1 })
  })
})

describe('courses', () => {
  it('count what is used in them and below, shared media once', async () => {
    const [a = '', b = '', c = ''] = await seeded(3)
    const course = { type: 'course', externalId: 'counted', title: 'Zoology 100%' }
    await link(editor, a, course)
    await link(editor, a, { ...fresh('lesson'), parent: { ...fresh('chapter'), parent: course } })
    await link(editor, b, { ...fresh('chapter'), parent: course })
    await link(editor, c, { ...fresh('lesson'), parent: fresh('course') })
    const find = async (variables: CoursesQueryVariables) => (await viewer.send(CoursesDocument, variables)).courses
    expect((await find({ search: 'zoology 100%' })).nodes).toMatchObject([{ externalId: 'counted', mediaCount: 2 }])
    expect((await find({ search: 'zoology_' })).totalCount).toBe(0)
    const all = await find({ first: 100 })
    expect(all.totalCount).toBe(all.nodes.length)
    const walked: string[] = []
    for (let after: string | null | undefined; ; ) {
      const page = await find({ first: 2, after })
      walked.push(...page.nodes.map(({ id }) => id))
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage) break
    }
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
      await link(editor, id, { ...fresh('lesson'), parent: { ...fresh('course'), title: 'Counted statements' } })
    const query = `query ($first: Int) { ${field} }`
    const token = await world.token('viewer', 'Vera')
    const statementsFor = async (first: number) => {
      world.statements.length = 0
      const response = await fetch(world.graphqlUrl, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { first } }),
      })
      const answer = (await response.json()) as { data: Record<string, { nodes: unknown[] }>; errors?: unknown }
      expect(answer.errors).toBeUndefined()
      expect(Object.values(answer.data)[0]?.nodes).toHaveLength(first)
      return world.statements.length
    }
    expect(await statementsFor(6)).toBe(await statementsFor(1))
  })
})

describe('usages', () => {
  it('are paged by key in both directions, of a media and of a resource', async () => {
    const media = await seeded(5)
    const lesson = fresh('lesson')
    await set(editor, lesson, media)
    const all = (await resource(lesson))?.usages.nodes.map(({ id }) => id) ?? []
    expect(all).toHaveLength(5)
    const first = await resource(lesson, { first: 2 })
    const next = await resource(lesson, { first: 2, after: first?.usages.pageInfo.endCursor })
    expect([...(first?.usages.nodes ?? []), ...(next?.usages.nodes ?? [])].map(({ id }) => id)).toEqual(all.slice(0, 4))
    expect((await resource(lesson, { last: 2 }))?.usages.nodes.map(({ id }) => id)).toEqual(all.slice(3))
    expect(await codeOf(resource(lesson, { first: 101 }))).toBe('INVALID_INPUT')
    expect(await codeOf(resource(lesson, { after: 'nonsense' }))).toBe('INVALID_INPUT')
  })
})
