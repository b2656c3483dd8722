import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaUnlinkDocument, type ResourceInput, type ResourceRef } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { link, newResource, toRef } from '../../harness/links.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { seedMediaId } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { readResource, readUse } from './queries.ts'

const unlink = async (client: Client, mediaId: string, resource: ResourceRef) =>
  (await client.send(MediaUnlinkDocument, { input: { mediaId, resource } })).mediaUnlink
const eventsOf = (world: World, action: string, id: string) =>
  world.runtime.ports.database.event.findMany({ where: { action, mediaId: uuidOf(id) } })

/** A lesson with its own title and URL, in a chapter of a titled course. */
const createNestedLesson = () => {
  const course = { ...newResource('course'), title: 'Biology' }
  const chapter = { ...newResource('chapter'), parent: course }
  const lesson = { ...newResource('lesson'), title: 'Leaves', url: 'https://lms.example/l/1', parent: chapter }
  return { course, chapter, lesson }
}

describe('mediaLink', () => {
  it('refuses a caller without a token', async ({ world, users: { viewer } }) => {
    const id = await seedMediaId(world)
    const query = `mutation { mediaLink(input: { mediaId: "${id}", resource: { type: "lesson", externalId: "1" } }) { __typename } }`
    expect(JSON.stringify(await world.post(null, query))).toContain('UNAUTHENTICATED')
    expect((await readUse(viewer, id)).usageCount).toBe(0)
  })

  it('refuses viewers', async ({ world, users: { viewer } }) => {
    const id = await seedMediaId(world)
    expect((await link(viewer, id, newResource('lesson'))).__typename).toBe('ForbiddenError')
    expect((await readUse(viewer, id)).usageCount).toBe(0)
  })

  it('creates the resource with its title, URL and parents', async ({ world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const { course, chapter, lesson } = createNestedLesson()
    expect(await link(editor, id, lesson)).toMatchObject({
      __typename: 'MediaUsage',
      linkedBy: { name: 'Ada' },
      media: { id, usageCount: 1 },
      resource: { title: 'Leaves', url: 'https://lms.example/l/1', parent: { externalId: chapter.externalId } },
    })
    expect(await readResource(viewer, toRef(course))).toMatchObject({ title: 'Biology' })
  })

  it('adds a usage to the media', async ({ world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    expect((await readUse(viewer, id)).unusedSince).not.toBeNull()
    await link(editor, id, createNestedLesson().lesson)
    expect(await readUse(viewer, id)).toMatchObject({
      usageCount: 1,
      unusedSince: null,
      usages: { totalCount: 1, nodes: [{ resource: { source: 'default', type: 'lesson' } }] },
    })
  })

  it('counts the media in the parents of the resource', async ({ world, users: { editor, viewer } }) => {
    const { course, lesson } = createNestedLesson()
    await link(editor, await seedMediaId(world), lesson)
    expect(await readResource(viewer, toRef(course))).toMatchObject({ mediaCount: 1, usages: { nodes: [] } })
  })

  it('returns the existing link when the call is repeated', async ({ world, users: { admin, editor } }) => {
    const id = await seedMediaId(world)
    const lesson = newResource('lesson')
    const first = await link(editor, id, lesson)
    expect(first.__typename).toBe('MediaUsage')
    expect(await link(admin, id, lesson)).toEqual(first)
    expect(await eventsOf(world, 'media.linked', id)).toHaveLength(1)
  })

  it('creates one link for concurrent identical calls', async ({ world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const lesson = { ...newResource('lesson'), parent: newResource('course') }
    const results = await Promise.all(Array.from({ length: 8 }, () => link(editor, id, lesson)))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect((await readUse(viewer, id)).usageCount).toBe(1)
  })

  it('keeps fields that are absent from the input', async ({ world, users: { editor } }) => {
    const id = await seedMediaId(world)
    const course = newResource('course')
    const lesson = { ...newResource('lesson'), title: 'Roots', parent: course }
    await link(editor, id, lesson)
    expect(await link(editor, id, toRef(lesson))).toMatchObject({
      resource: { title: 'Roots', parent: { externalId: course.externalId } },
    })
  })

  it('clears fields that are null in the input', async ({ world, users: { editor } }) => {
    const id = await seedMediaId(world)
    const lesson = { ...newResource('lesson'), title: 'Roots', parent: newResource('course') }
    await link(editor, id, lesson)
    expect(await link(editor, id, { ...toRef(lesson), title: null, parent: null })).toMatchObject({
      resource: { title: null, parent: null },
    })
  })

  it('keeps resources of different sources apart', async ({ world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const lesson = newResource('lesson')
    await link(editor, id, { ...lesson, source: 'moodle' })
    await link(editor, id, { ...lesson, source: 'canvas' })
    expect((await readUse(viewer, id)).usageCount).toBe(2)
    expect(await readResource(viewer, lesson)).toBeNull()
  })

  const nestResource = (levels: number): ResourceInput =>
    levels === 0 ? newResource('unit') : { ...newResource('unit'), parent: nestResource(levels - 1) }
  const cyclicResource = { type: 'course', externalId: 'loop' }

  it.for<[string, ResourceInput, string[]]>([
    ['a type with capitals', { type: 'Lesson', externalId: '1' }, ['resource.type']],
    ['a type with spaces', { type: 'a lesson', externalId: '1' }, ['resource.type']],
    ['an empty type', { type: '', externalId: '1' }, ['resource.type']],
    ['a type of 65 characters', { type: 'a'.repeat(65), externalId: '1' }, ['resource.type']],
    ['a source with capitals', { source: 'Moodle', type: 'lesson', externalId: '1' }, ['resource.source']],
    ['an empty external id', { type: 'lesson', externalId: ' ' }, ['resource.externalId']],
    ['an external id of 256 characters', { type: 'lesson', externalId: 'x'.repeat(256) }, ['resource.externalId']],
    ['a javascript: URL', { type: 'lesson', externalId: '1', url: 'javascript:alert(1)' }, ['resource.url']],
    ['an invalid URL', { type: 'lesson', externalId: '1', url: 'http://' }, ['resource.url']],
    [
      'a parent with an invalid type',
      { type: 'lesson', externalId: '1', parent: { type: 'No', externalId: '1' } },
      ['resource.parent.type'],
    ],
    ['eleven parents', nestResource(11), ['resource']],
    [
      'a chain that forms a cycle',
      { ...cyclicResource, parent: { type: 'chapter', externalId: 'loop', parent: cyclicResource } },
      ['resource.parent.parent'],
    ],
  ])('refuses %s', async ([_name, input, paths], { world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    expect(pathsOf(await link(editor, id, input))).toEqual(paths)
    expect((await readUse(viewer, id)).usageCount).toBe(0)
  })

  it('accepts ten parents', async ({ world, users: { editor } }) => {
    expect((await link(editor, await seedMediaId(world), nestResource(10))).__typename).toBe('MediaUsage')
  })

  it('refuses, without any change, a cycle formed by two calls', async ({ world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const [course, chapter, lesson] = [newResource('course'), newResource('chapter'), newResource('lesson')]
    await link(editor, id, { ...lesson, parent: { ...chapter, parent: course } })
    const cyclicCourse = { ...course, title: 'Moved', parent: lesson }
    expect(pathsOf(await link(editor, await seedMediaId(world), cyclicCourse))).toEqual(['resource.parent'])
    expect(await readResource(viewer, course)).toMatchObject({ title: null, parent: null, mediaCount: 1 })
  })

  it.for<[string, string]>([
    ['a malformed media id', 'Media:1'],
    ['the id of another type', unknownId('Upload')],
  ])('refuses %s without creating the resource', async ([_name, id], { users: { editor, viewer } }) => {
    const lesson = newResource('lesson')
    expect(pathsOf(await link(editor, id, lesson))).toEqual(['mediaId'])
    expect(await readResource(viewer, lesson)).toBeNull()
  })

  it('refuses a media that does not exist without creating the resource', async ({ users: { editor, viewer } }) => {
    const lesson = newResource('lesson')
    expect((await link(editor, unknownId('Media'), lesson)).__typename).toBe('NotFoundError')
    expect(await readResource(viewer, lesson)).toBeNull()
  })
})

describe('mediaUnlink', () => {
  const createLinkedMedia = async (world: World, editor: Client) => {
    const [id, lesson] = [await seedMediaId(world), newResource('lesson')]
    await link(editor, id, lesson)
    return { id, lesson }
  }

  it('refuses viewers', async ({ world, users: { editor, viewer } }) => {
    const { id, lesson } = await createLinkedMedia(world, editor)
    expect((await unlink(viewer, id, lesson)).__typename).toBe('ForbiddenError')
    expect((await readUse(viewer, id)).usageCount).toBe(1)
  })

  it('removes the link', async ({ world, users: { editor } }) => {
    const { id, lesson } = await createLinkedMedia(world, editor)
    expect(await unlink(editor, id, lesson)).toMatchObject({ __typename: 'Media', usageCount: 0 })
  })

  it('sets unusedSince when it removes the last link', async ({ world, users: { editor, viewer } }) => {
    const { id, lesson } = await createLinkedMedia(world, editor)
    const startedAt = Date.now()
    await unlink(editor, id, lesson)
    expect(Date.parse((await readUse(viewer, id)).unusedSince ?? '')).toBeGreaterThanOrEqual(startedAt - 1)
  })

  it('changes nothing when the call is repeated', async ({ world, users: { editor } }) => {
    const { id, lesson } = await createLinkedMedia(world, editor)
    const result = await unlink(editor, id, lesson)
    expect(await unlink(editor, id, lesson)).toEqual(result)
    expect(await eventsOf(world, 'media.unlinked', id)).toHaveLength(1)
  })

  it('refuses a resource that does not exist', async ({ world, users: { editor } }) => {
    const { id } = await createLinkedMedia(world, editor)
    expect((await unlink(editor, id, newResource('lesson'))).__typename).toBe('NotFoundError')
  })

  it('refuses a media that does not exist', async ({ world, users: { editor } }) => {
    const { lesson } = await createLinkedMedia(world, editor)
    expect((await unlink(editor, unknownId('Media'), lesson)).__typename).toBe('NotFoundError')
  })

  it('refuses an invalid resource type', async ({ world, users: { editor } }) => {
    const { id } = await createLinkedMedia(world, editor)
    expect(pathsOf(await unlink(editor, id, { type: 'Lesson', externalId: '1' }))).toEqual(['resource.type'])
  })
})
