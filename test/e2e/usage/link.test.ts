import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaUnlinkDocument, type ResourceInput, type ResourceRef } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource, toRef } from '../../harness/links.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { seedMediaId } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { readResource, readUse } from './queries.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, admin } = await world.users())
})
afterAll(() => world?.close())

const createMedia = () => seedMediaId(world)
const unlink = async (client: Client, mediaId: string, resource: ResourceRef) =>
  (await client.send(MediaUnlinkDocument, { input: { mediaId, resource } })).mediaUnlink
const eventsOf = (action: string, id: string) =>
  world.runtime.ports.database.event.findMany({ where: { action, mediaId: uuidOf(id) } })

describe('mediaLink', () => {
  it('is for nobody without a token, nor for viewers', async () => {
    const id = await createMedia()
    const query = `mutation { mediaLink(input: { mediaId: "${id}", resource: { type: "lesson", externalId: "1" } }) { __typename } }`
    expect(JSON.stringify(await world.post(null, query))).toContain('UNAUTHENTICATED')
    expect((await link(viewer, id, newResource('lesson'))).__typename).toBe('ForbiddenError')
    expect((await readUse(viewer, id)).usageCount).toBe(0)
  })

  it('makes the resource with its title, URL and parents, and keeps the counts true', async () => {
    const id = await createMedia()
    const course = { ...newResource('course'), title: 'Biology' }
    const chapter = { ...newResource('chapter'), parent: course }
    const lesson = { ...newResource('lesson'), title: 'Leaves', url: 'https://lms.example/l/1', parent: chapter }
    expect((await readUse(viewer, id)).unusedSince).not.toBeNull()
    expect(await link(editor, id, lesson)).toMatchObject({
      __typename: 'MediaUsage',
      linkedBy: { name: 'Ada' },
      media: { id, usageCount: 1 },
      resource: { title: 'Leaves', url: 'https://lms.example/l/1', parent: { externalId: chapter.externalId } },
    })
    expect(await readUse(viewer, id)).toMatchObject({
      usageCount: 1,
      unusedSince: null,
      usages: { totalCount: 1, nodes: [{ resource: { source: 'default', type: 'lesson' } }] },
    })
    expect(await readResource(viewer, toRef(course))).toMatchObject({
      title: 'Biology',
      mediaCount: 1,
      usages: { nodes: [] },
    })
  })

  it('gives the same link to an LMS that repeats the call', async () => {
    const id = await createMedia()
    const lesson = newResource('lesson')
    const first = await link(editor, id, lesson)
    expect(first.__typename).toBe('MediaUsage')
    expect(await link(admin, id, lesson)).toEqual(first)
    expect(await eventsOf('media.linked', id)).toHaveLength(1)
  })

  it('gives it once, when the call is repeated at the same moment', async () => {
    const id = await createMedia()
    const lesson = { ...newResource('lesson'), parent: newResource('course') }
    const results = await Promise.all(Array.from({ length: 8 }, () => link(editor, id, lesson)))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect((await readUse(viewer, id)).usageCount).toBe(1)
  })

  it('leaves alone what is absent, and clears what is null', async () => {
    const id = await createMedia()
    const course = newResource('course')
    const lesson = { ...newResource('lesson'), title: 'Roots', parent: course }
    await link(editor, id, lesson)
    expect(await link(editor, id, toRef(lesson))).toMatchObject({
      resource: { title: 'Roots', parent: { externalId: course.externalId } },
    })
    expect(await link(editor, id, { ...toRef(lesson), title: null, parent: null })).toMatchObject({
      resource: { title: null, parent: null },
    })
  })

  it('keeps several LMSs apart', async () => {
    const id = await createMedia()
    const lesson = newResource('lesson')
    await link(editor, id, { ...lesson, source: 'moodle' })
    await link(editor, id, { ...lesson, source: 'canvas' })
    expect((await readUse(viewer, id)).usageCount).toBe(2)
    expect(await readResource(viewer, lesson)).toBeNull()
  })

  const nestResource = (levels: number): ResourceInput =>
    levels === 0 ? newResource('unit') : { ...newResource('unit'), parent: nestResource(levels - 1) }
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
    ['eleven parents', nestResource(11), ['resource']],
    [
      'a chain that is a cycle',
      { ...loop, parent: { type: 'chapter', externalId: 'loop', parent: loop } },
      ['resource.parent.parent'],
    ],
  ])('refuses %s', async (_name, input, paths) => {
    const id = await createMedia()
    expect(pathsOf(await link(editor, id, input))).toEqual(paths)
    expect((await readUse(viewer, id)).usageCount).toBe(0)
  })

  it('takes ten parents', async () => {
    expect((await link(editor, await createMedia(), nestResource(10))).__typename).toBe('MediaUsage')
  })

  it('refuses to put a resource below itself, also in two steps, and changes nothing', async () => {
    const id = await createMedia()
    const [course, chapter, lesson] = [newResource('course'), newResource('chapter'), newResource('lesson')]
    await link(editor, id, { ...lesson, parent: { ...chapter, parent: course } })
    const cyclicCourse = { ...course, title: 'Moved', parent: lesson }
    expect(pathsOf(await link(editor, await createMedia(), cyclicCourse))).toEqual(['resource.parent'])
    expect(await readResource(viewer, course)).toMatchObject({ title: null, parent: null, mediaCount: 1 })
  })

  it('tells a malformed id from one that leads nowhere, and makes no resource for either', async () => {
    const lesson = newResource('lesson')
    expect(pathsOf(await link(editor, 'Media:1', lesson))).toEqual(['mediaId'])
    expect(pathsOf(await link(editor, unknownId('Upload'), lesson))).toEqual(['mediaId'])
    expect((await link(editor, unknownId('Media'), lesson)).__typename).toBe('NotFoundError')
    expect(await readResource(viewer, lesson)).toBeNull()
  })
})

describe('mediaUnlink', () => {
  it('climbs the ladder', async () => {
    const id = await createMedia()
    const lesson = newResource('lesson')
    await link(editor, id, lesson)
    expect((await unlink(viewer, id, lesson)).__typename).toBe('ForbiddenError')
    const startedAt = Date.now()
    const result = await unlink(editor, id, lesson)
    expect(result).toMatchObject({ __typename: 'Media', usageCount: 0 })
    expect(Date.parse((await readUse(viewer, id)).unusedSince ?? '')).toBeGreaterThanOrEqual(startedAt - 1)
    expect(await unlink(editor, id, lesson)).toEqual(result)
    expect(await eventsOf('media.unlinked', id)).toHaveLength(1)
    expect((await unlink(editor, id, newResource('lesson'))).__typename).toBe('NotFoundError')
    expect((await unlink(editor, unknownId('Media'), lesson)).__typename).toBe('NotFoundError')
    expect(pathsOf(await unlink(editor, id, { type: 'Lesson', externalId: '1' }))).toEqual(['resource.type'])
  })
})
