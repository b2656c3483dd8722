import { describe, expect } from 'vitest'
import { CoursesDocument } from '../../client/generated/documents.ts'
import { it } from '../harness/it.ts'
import { link, newResource } from '../harness/links.ts'
import { seedMediaId } from '../harness/seed.ts'
import { listUsers, upsertUser } from './user/calls.ts'

/** Keys that a title or name could not be: keys are stored as they are. */
const keys = ['Cafe\u0301-1', 'a  b', 'soft\u00ADhyphen', 'zero\u2060width', '\u212B-Kurs']

describe('a key that cleaning would change', () => {
  it.for(keys)('finds its course: %j', async (externalId, { world, users: { editor } }) => {
    await link(editor, await seedMediaId(world), { ...newResource('course'), externalId, title: null })
    const { courses } = await editor.send(CoursesDocument, { search: externalId })
    expect(courses.nodes.map((course) => course.externalId)).toEqual([externalId])
  })

  it.for(keys)('finds its user: %j', async (externalId, { world, users: { admin } }) => {
    await upsertUser(admin, externalId, 'Ada Lovelace')
    const { database } = world.runtime.ports
    const user = await database.user.findUniqueOrThrow({ where: { externalId } })
    expect((await listUsers(admin, { search: externalId })).nodes.map(({ id }) => id)).toContain(`User:${user.id}`)
  })
})

it('finds a course by its key with a pasted direction mark', async ({ world, users: { editor } }) => {
  await link(editor, await seedMediaId(world), { ...newResource('course'), externalId: 'pasted-1', title: null })
  const { courses } = await editor.send(CoursesDocument, { search: '\u200Epasted-1' })
  expect(courses.nodes.map((course) => course.externalId)).toEqual(['pasted-1'])
})
