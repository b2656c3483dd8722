import { afterAll, beforeAll, expect, it } from 'vitest'
import { seedMediaId } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let token: string
let mediaId: string

beforeAll(async () => {
  world = await openWorld()
  token = await world.token('editor', 'Ada')
  mediaId = await seedMediaId(world)
  for (const externalId of ['1', '2'])
    await world.post(
      token,
      `mutation { mediaLink(input: { mediaId: "${mediaId}", resource: { type: "lesson", externalId: "${externalId}" } }) { __typename } }`,
    )
})
afterAll(() => world?.close())

const resource = 'resource(ref: { type: "lesson", externalId: "1" })'
const lists: [list: string, parent: () => string, field: string][] = [
  ['usages of a media', () => `media(id: "${mediaId}")`, 'resource { externalId }'],
  ['usages of a resource', () => resource, 'media { title }'],
  ['versions of a media', () => `media(id: "${mediaId}")`, 'media { title }'],
]
const shapes = (field: string) => [
  `nodes { ${field} }`,
  `edges { node { ${field} } }`,
  `nodes { id } edges { node { ${field} } }`,
  'edges { cursor }',
  'pageInfo { hasNextPage endCursor }',
  'totalCount',
]

it.each(lists)(
  '%s come with the statement of their parent, however they are asked for',
  async (list, parent, field) => {
    const [name = ''] = list.split(' ')
    for (const shape of shapes(field)) {
      world.statements.length = 0
      const { data, errors } = await world.post(token, `{ ${parent()} { ${name}(first: 1) { ${shape} } } }`)
      expect(errors, shape).toBeUndefined()
      expect(JSON.stringify(data), shape).not.toMatch(/:\[\]|:0[,}]|null/)
      // A count that no column holds is a statement of its own.
      expect(world.statements.length, shape).toBeLessThanOrEqual(shape === 'totalCount' ? 2 : 1)
    }
  },
)
