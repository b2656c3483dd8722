import { describe, expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import {
  ResourceChildrenDocument,
  type ResourceChildrenQueryVariables,
  ResourceDeleteDocument,
  ResourcesDocument,
  type ResourcesQueryVariables,
} from '../../client/generated/documents.ts'
import { it as base } from '../harness/it.ts'
import { link } from '../harness/links.ts'
import { readAllPages } from '../harness/paging.ts'
import { codeOf } from '../harness/refusals.ts'
import { seedMediaId } from '../harness/seed.ts'

const course = { type: 'course', externalId: 'physics', title: 'Physics' }
const moodle = { ...course, source: 'moodle', externalId: 'MOODLE_1', title: 'Physics 100%' }
const chapterTitles = ['Chapter 1', 'chapter 2', 'Chapter 10', 'Chapter 11', null]
const chapters = chapterTitles.map((title, index) => ({
  type: 'chapter',
  externalId: `z-${index}`,
  title,
  parent: course,
}))
const lessons = ['Lesson A', 'Lesson B', 'Lesson C'].map((title) => ({
  ...{ type: 'lesson', externalId: title, title },
  parent: { type: 'chapter', externalId: 'z-0', parent: course },
}))
const exam = { type: 'exam', externalId: 'final', title: 'Another exam', parent: course }
const deleted = { type: 'chapter', externalId: 'deleted', title: 'Deleted', parent: course }

/** A course of five chapters and an exam, the first chapter with three lessons; a second course in another LMS. */
const it = base.extend('mediaId', { scope: 'file', auto: true }, async ({ world, users: { editor } }) => {
  const mediaId = await seedMediaId(world)
  for (const resource of [course, moodle, ...chapters, ...lessons, exam, deleted]) await link(editor, mediaId, resource)
  await editor.send(ResourceDeleteDocument, { ref: { type: 'chapter', externalId: 'deleted' } })
  return mediaId
})

const listResources = async (client: Client, variables: ResourcesQueryVariables) =>
  (await client.send(ResourcesDocument, variables)).resources

const titlesOf = ({ nodes }: { nodes: { title?: string | null }[] }) => nodes.map(({ title }) => title ?? null)

const readChildren = async (client: Client, variables: ResourceChildrenQueryVariables) => {
  const { resource } = await client.send(ResourceChildrenDocument, variables)
  if (resource == null) throw new Error('The resource does not exist.')
  return resource
}

const courseRef = { type: 'course', externalId: 'physics' }

describe('the children of a resource', () => {
  it('are those directly below it that are not deleted, by title with numbers by value', async ({
    users: { viewer },
  }) => {
    const { children } = await readChildren(viewer, { ref: courseRef, first: 100 })
    expect(titlesOf(children)).toEqual(['Another exam', 'Chapter 1', 'chapter 2', 'Chapter 10', 'Chapter 11', null])
    expect(children.totalCount).toBe(6)
  })

  it('can be restricted to a type', async ({ users: { viewer } }) => {
    const { children } = await readChildren(viewer, { ref: courseRef, type: 'exam' })
    expect([titlesOf(children), children.totalCount]).toEqual([['Another exam'], 1])
  })

  it.for([false, true])('are each on one page (backward: %s)', async (backward, { users: { viewer } }) => {
    const all = (await readChildren(viewer, { ref: courseRef, first: 100 })).children.nodes.map(({ id }) => id)
    const readPage = async (side: object) => {
      const { nodes, pageInfo } = (await readChildren(viewer, { ref: courseRef, ...side })).children
      return { ids: nodes.map(({ id }) => id), pageInfo }
    }
    expect(await readAllPages(readPage, { size: 2, backward })).toEqual(all)
  })

  it.for<[string, object]>([
    ['first', { first: 101 }],
    ['type', { type: 'A type' }],
    ['after', { after: 'nonsense' }],
  ])('are refused with the path of an invalid %s', async ([path, args], { users: { viewer } }) => {
    const call = readChildren(viewer, { ref: courseRef, ...args })
    expect(await codeOf(call)).toBe('INVALID_INPUT')
    await expect(call).rejects.toMatchObject({ errors: [{ extensions: { fields: [{ path }] } }] })
  })
})

describe('the ancestors of a resource', () => {
  it('lead from the top to its parent', async ({ users: { viewer } }) => {
    const { ancestors } = await readChildren(viewer, { ref: { type: 'lesson', externalId: 'Lesson B' } })
    expect(ancestors.map(({ externalId }) => externalId)).toEqual(['physics', 'z-0'])
  })

  it('are empty at the top', async ({ users: { viewer } }) => {
    expect((await readChildren(viewer, { ref: courseRef })).ancestors).toEqual([])
  })
})

describe('resources', () => {
  it.for<[string, ResourcesQueryVariables, (string | null)[]]>([
    ['of an LMS', { source: 'moodle' }, ['Physics 100%']],
    ['of a type', { type: 'lesson' }, ['Lesson A', 'Lesson B', 'Lesson C']],
    ['directly below another', { parent: courseRef, type: 'chapter' }, [...chapterTitles]],
    ['with a text in their title, whatever its case', { search: 'LESSON b' }, ['Lesson B']],
    ['with a text in their external id, whatever its case', { search: 'moodle_' }, ['Physics 100%']],
    ['with a wildcard as plain text', { search: '100%' }, ['Physics 100%']],
    ['that match all arguments', { type: 'lesson', parent: courseRef }, []],
  ])('can be listed if they are those %s', async ([, variables, titles], { users: { viewer } }) => {
    const resources = await listResources(viewer, variables)
    expect(titlesOf(resources)).toEqual(titles)
    expect(resources.totalCount).toBe(titles.length)
  })

  it('are each on one page', async ({ users: { viewer } }) => {
    const { nodes, totalCount } = await listResources(viewer, { first: 100 })
    expect(totalCount).toBe(11)
    const readPage = async (side: object) => {
      const page = await listResources(viewer, side)
      return { ids: page.nodes.map(({ id }) => id), pageInfo: page.pageInfo }
    }
    expect(await readAllPages(readPage, { size: 3 })).toEqual(nodes.map(({ id }) => id))
  })

  it.for([
    ['that no call has named', { type: 'course', externalId: 'unknown' }],
    ['that was deleted', { type: 'chapter', externalId: 'deleted' }],
  ] as const)('below a parent %s are refused', async ([, parent], { users: { viewer } }) => {
    expect(await codeOf(listResources(viewer, { parent }))).toBe('NOT_FOUND')
  })

  it.for<[string, object]>([
    ['last', { last: 0 }],
    ['source', { source: 'A source' }],
    ['type', { type: '' }],
    ['search', { search: 'x'.repeat(201) }],
    ['parent.type', { parent: { type: 'A type', externalId: '1' } }],
    ['after', { after: 'nonsense' }],
  ])('are refused with the path of an invalid %s', async ([path, args], { users: { viewer } }) => {
    const call = listResources(viewer, args)
    expect(await codeOf(call)).toBe('INVALID_INPUT')
    await expect(call).rejects.toMatchObject({ errors: [{ extensions: { fields: [{ path }] } }] })
  })
})

it('A level of the tree is read with as many statements for five resources as for one', async ({ world }) => {
  const token = await world.token('viewer', 'Vera')
  const query = `query ($first: Int) { resources(type: "chapter", first: $first) { totalCount nodes {
    title mediaCount ancestors { title } parent { title }
    children(first: 2) { totalCount nodes { title mediaCount usages(first: 1) { totalCount nodes { id } } parent { title } } }
    lessons: children(type: "lesson", first: 1) { totalCount nodes { id } } } } }`
  const statementsFor = (first: number) =>
    world.captureStatements(async () => {
      const { data, errors } = await world.post(token, query, { first })
      expect(errors).toBeUndefined()
      expect(data).toMatchObject({ resources: { nodes: { length: first } } })
    })
  await statementsFor(2)
  expect((await statementsFor(5)).length).toBe((await statementsFor(1)).length)
})
