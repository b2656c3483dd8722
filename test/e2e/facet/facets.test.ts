import { describe, expect } from 'vitest'
import { MediaFacetsDocument, MediaUpdateDocument, ViewerDocument } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { seedMediaIds, trashMedia } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { it as base } from '../folder/folderIt.ts'

/** Six media of Ada and one of Bob, each in a folder and a course of its own; one more is at the root, another in the trash. */
const it = base.extend(
  'mediaIds',
  { scope: 'file', auto: true },
  async ({ world, users: { admin }, seedFolder, createMedia }) => {
    const ids = await seedMediaIds(world, 6, { uploader: 'Ada', kind: 'VIDEO', status: 'READY' })
    ids.push(await createMedia({ uploader: 'Bob', kind: 'IMAGE' }))
    const parent = await seedFolder('Parent')
    for (const [index, id] of ids.entries()) {
      const folderId = await seedFolder(`Folder ${index}`, parent)
      await admin.send(MediaUpdateDocument, { input: { id, folderId, tags: ['Shared', `own ${index}`] } })
      await link(admin, id, { ...newResource(), parent: newResource('course') })
    }
    await createMedia({ uploader: 'Ada', kind: 'DOCUMENT' })
    await trashMedia(world, await createMedia({ uploader: 'Carl', kind: 'OTHER' }))
    return ids
  },
)

const lists = ['tags', 'folders', 'courses', 'uploaders', 'months']
const selectionOf = (list: string, first: number): string => `${list}(first: ${first}) { count }`

const post = async (world: World, selection: string, filter = '') =>
  world.post(await world.token('viewer', 'Vera'), `{ mediaFacets${filter} { ${selection} } }`)

const statementsOf = async (world: World, selection: string, filter = ''): Promise<string[]> => {
  await post(world, '__typename') // creates the caller
  return world.captureStatements(async () => {
    const { errors } = await post(world, selection, filter)
    expect(errors).toBeUndefined()
  })
}

describe('mediaFacets', () => {
  it('is refused without a token', async ({ world }) => {
    const { errors } = await world.post(null, '{ mediaFacets { totalCount } }')
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it('ignores the filter on the own dimension of a facet', async ({ users: { viewer } }) => {
    const { mediaFacets } = await viewer.send(MediaFacetsDocument, { filter: { kinds: ['IMAGE'] } })
    expect(mediaFacets).toMatchObject({
      totalCount: 1,
      kinds: [
        { kind: 'VIDEO', count: 6 },
        { kind: 'IMAGE', count: 1 },
        { kind: 'DOCUMENT', count: 1 },
      ],
      uploaders: [{ user: { name: 'Bob' }, count: 1 }],
    })
  })

  it('counts media without a folder as those of the root', async ({ users: { viewer } }) => {
    const { mediaFacets } = await viewer.send(MediaFacetsDocument, { filter: { kinds: ['DOCUMENT'] } })
    expect(mediaFacets.folders).toEqual([{ folder: null, count: 1 }])
  })

  it('counts media in the trash only if the filter asks for them', async ({ users: { viewer } }) => {
    const { mediaFacets } = await viewer.send(MediaFacetsDocument, { filter: { trashed: true } })
    expect(mediaFacets).toMatchObject({ totalCount: 1, kinds: [{ kind: 'OTHER', count: 1 }], courses: [], tags: [] })
  })

  it('names a tag as it was spelled first', async ({ users: { viewer } }) => {
    const { mediaFacets } = await viewer.send(MediaFacetsDocument, { filter: { used: true }, first: 1 })
    expect(mediaFacets.tags).toEqual([{ name: 'Shared', count: 7 }])
  })

  it('begins a month at its first instant in UTC', async ({ world, users: { viewer }, mediaIds: [, id = ''] }) => {
    const uploadedAt = new Date('2021-03-31T23:59:59.999Z')
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(id) }, data: { uploadedAt } })
    const { mediaFacets } = await viewer.send(MediaFacetsDocument, { filter: { kinds: ['VIDEO'] } })
    expect(mediaFacets.months.at(-1)).toEqual({ from: '2021-03-01T00:00:00.000Z', count: 1 })
  })

  it('lists 20 values of a facet unless the call asks for more', async ({ world, seedFolder, users }) => {
    const ids = await seedMediaIds(world, 21, { uploader: 'Dora', kind: 'AUDIO' })
    for (const [index, id] of ids.entries())
      await users.admin.send(MediaUpdateDocument, { input: { id, folderId: await seedFolder(`Audio ${index}`) } })
    const filter = { kinds: ['AUDIO' as const] }
    const read = async (first?: number) =>
      (await users.viewer.send(MediaFacetsDocument, { filter, first })).mediaFacets.folders.length
    expect([await read(), await read(21), await read(1)]).toEqual([20, 21, 1])
    for (const id of ids) await trashMedia(world, id)
  })

  it.for(lists.flatMap((list) => [0, 101].map((first) => [list, first] as const)))(
    'refuses %s(first: %i) with the path of the argument',
    async ([list, first], { world }) => {
      const { errors } = await post(world, selectionOf(list, first))
      expect(errors?.[0]).toMatchObject({ path: ['mediaFacets', list], extensions: { code: 'INVALID_INPUT' } })
      expect(JSON.stringify(errors?.[0])).toContain('"path":"first"')
    },
  )

  it('refuses viewers who filter by the assignments of another user', async ({ world, users: { editor } }) => {
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    const { errors } = await post(world, 'totalCount', `(filter: { assignedToId: "${ada.id}" })`)
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  it('refuses an invalid filter with the path of its field', async ({ world }) => {
    const { errors } = await post(world, 'totalCount', `(filter: { folderId: "${unknownId('Media')}" })`)
    expect(JSON.stringify(errors?.[0])).toContain('"path":"filter.folderId"')
  })
})

describe('the statements of mediaFacets', () => {
  const everything = (first: number): string => `totalCount kinds { count } statuses { count }
    tags(first: ${first}) { name count } months(first: ${first}) { from }
    folders(first: ${first}) { folder { path mediaCount childCount subtreeMediaCount ancestors { name } } }
    courses(first: ${first}) { resource { title mediaCount ancestors { id } children(first: 2) { totalCount nodes { title } } } }
    uploaders(first: ${first}) { user { name role } }`

  it('read nothing without a selected facet', async ({ world }) => {
    expect(await statementsOf(world, '__typename')).toEqual([])
  })

  it('are as many for six values of each facet as for one', async ({ world }) => {
    const filter = '(filter: { kinds: [VIDEO], tagsAny: ["shared"], uploadedAfter: "2000-01-01T00:00:00Z" })'
    const statements = await statementsOf(world, everything(6), filter)
    expect(statements.length).toBe((await statementsOf(world, everything(1), filter)).length)
  })

  it('is one for several facets without a filter of their own', async ({ world }) => {
    const statements = await statementsOf(
      world,
      'totalCount kinds { count } months { count }',
      '(filter: { search: "seed" })',
    )
    const scans = statements.filter((statement) => /FROM "Media" WHERE/.test(statement))
    expect(scans).toHaveLength(1)
  })

  it('read no media for kinds of the whole library', async ({ world }) => {
    const statements = await statementsOf(world, 'totalCount kinds { count } statuses { count } tags { count }')
    expect(statements.length).toBe(2)
    expect(statements.join()).not.toMatch(/FROM "Media"/)
  })
})
