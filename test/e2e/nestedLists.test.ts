import { expect } from 'vitest'
import { it as base } from '../harness/it.ts'
import { link } from '../harness/links.ts'
import { seedMediaId } from '../harness/seed.ts'

/** A media that two resources use. */
const it = base.extend('mediaId', { scope: 'file' }, async ({ world, users: { editor } }) => {
  const mediaId = await seedMediaId(world)
  for (const externalId of ['1', '2']) await link(editor, mediaId, { type: 'lesson', externalId })
  return mediaId
})

const resource = 'resource(ref: { type: "lesson", externalId: "1" })'
const lists: [list: string, parent: (mediaId: string) => string, field: string][] = [
  ['usages of a media', (mediaId) => `media(id: "${mediaId}")`, 'resource { externalId }'],
  ['usages of a resource', () => resource, 'media { title }'],
  ['versions of a media', (mediaId) => `media(id: "${mediaId}")`, 'media { title }'],
]
const shapes = (field: string) => [
  `nodes { ${field} }`,
  `edges { node { ${field} } }`,
  `nodes { id } edges { node { ${field} } }`,
  'edges { cursor }',
  'pageInfo { hasNextPage endCursor }',
  'totalCount',
]

it.for(lists)(
  '%s are loaded in the statement of their parent, whatever fields are selected',
  async ([list, parent, field], { world, mediaId }) => {
    const token = await world.token('editor', 'Ada')
    const [name = ''] = list.split(' ')
    for (const shape of shapes(field)) {
      world.statements.length = 0
      const { data, errors } = await world.post(token, `{ ${parent(mediaId)} { ${name}(first: 1) { ${shape} } } }`)
      expect(errors, shape).toBeUndefined()
      expect(JSON.stringify(data), shape).not.toMatch(/:\[\]|:0[,}]|null/)
      // A count that is not stored in a column needs a separate statement.
      expect(world.statements.length, shape).toBeLessThanOrEqual(shape === 'totalCount' ? 2 : 1)
    }
  },
)
