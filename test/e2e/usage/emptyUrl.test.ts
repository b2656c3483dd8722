import { describe, expect } from 'vitest'
import { it } from '../../harness/it.ts'
import { link, newResource, toRef } from '../../harness/links.ts'
import { seedMediaId } from '../../harness/seed.ts'
import { readResource, readUse } from './queries.ts'

describe('mediaLink', () => {
  it.for<[string, string]>([
    ['an empty URL', ''],
    ['a blank URL', ' \u00A0\t'],
    ['a URL of marks', '\u200F'],
  ])('keeps the usage of a resource with %s', async ([, url], { world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const [lesson, course] = [newResource(), newResource('course')]
    await link(editor, id, { ...lesson, url, parent: { ...course, url } })
    expect(await readUse(viewer, id)).toMatchObject({ usageCount: 1 })
    expect(await readResource(viewer, toRef(lesson))).toMatchObject({ url: null })
  })

  it('clears a URL by an empty one', async ({ world, users: { editor, viewer } }) => {
    const [id, lesson] = [await seedMediaId(world), newResource()]
    await link(editor, id, { ...lesson, url: 'https://lms.example/l/1' })
    await link(editor, id, { ...lesson, url: '' })
    expect(await readResource(viewer, toRef(lesson))).toMatchObject({ url: null })
  })
})
