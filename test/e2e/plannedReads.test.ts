import { describe, expect } from 'vitest'
import { createAssignment } from '../harness/assignments.ts'
import { it as base } from '../harness/it.ts'
import { link, newResource } from '../harness/links.ts'
import { seedMediaId } from '../harness/seed.ts'

const it = base
  .extend('worldOptions', { scope: 'file' }, () => ({ env: { ANSWER_CACHE_MB: '0' } }))
  .extend('mediaId', { scope: 'file' }, async ({ world, users: { editor } }) => {
    const mediaId = await seedMediaId(world)
    for (let count = 0; count < 3; count++) await link(editor, mediaId, newResource())
    return mediaId
  })
  .extend('unlinkedId', { scope: 'file' }, ({ world }) => seedMediaId(world))
  .extend('ask', async ({ world }) => async (query: string, variables: object, viewer?: string) => {
    const token = await (viewer === undefined ? world.token('editor', 'Ada') : world.token('viewer', viewer))
    const answer: { statements: string[]; data: unknown } = { statements: [], data: null }
    answer.statements = await world.captureStatements(async () => {
      const { data, errors } = await world.post(token, query, variables)
      expect(errors).toBeUndefined()
      answer.data = data
    })
    return answer
  })

const usages = 'nodes { resource { externalId } media { usages(first: 1) { nodes { resource { type } } } } }'

describe('a query that is sent again', () => {
  it('loads lists that were empty before in the same statement', async ({ ask, mediaId, unlinkedId }) => {
    const query = `query Again($id: ID!) { media(id: $id) { usages(first: 2) { ${usages} } } }`
    await ask(query, { id: unlinkedId })
    const { statements, data } = await ask(query, { id: mediaId })
    expect(statements).toHaveLength(1)
    const usage = {
      resource: { externalId: expect.any(String) },
      media: { usages: { nodes: [{ resource: { type: 'lesson' } }] } },
    }
    expect(data).toEqual({ media: { usages: { nodes: [usage, usage] } } })
  })

  it('loads pages of the size that its variables ask for', async ({ ask, mediaId }) => {
    const query = 'query Sizes($id: ID!, $first: Int!) { media(id: $id) { usages(first: $first) { nodes { id } } } }'
    for (const first of [1, 3, 2, 1]) {
      const { data } = await ask(query, { id: mediaId, first })
      expect(data).toMatchObject({ media: { usages: { nodes: { length: first } } } })
    }
  })

  it('loads two pages of one list', async ({ ask, mediaId }) => {
    const query = `query Pages($id: ID!) { media(id: $id) {
      one: usages(first: 1) { nodes { resource { externalId } } } two: usages(first: 2) { nodes { resource { externalId } } }
    } }`
    const { data: expected } = await ask(query, { id: mediaId })
    expect(expected).toMatchObject({ media: { one: { nodes: { length: 1 } }, two: { nodes: { length: 2 } } } })
    for (let count = 0; count < 2; count++) expect(await ask(query, { id: mediaId })).toMatchObject({ data: expected })
  })

  it('shows each viewer their own assignments only', async ({ ask, world, users: { editor } }) => {
    const mediaId = await seedMediaId(world)
    const query = 'query Own($id: ID!) { viewer { id } media(id: $id) { assignments { nodes { user { name } } } } }'
    const { data } = await ask(query, { id: mediaId }, 'Vera')
    await createAssignment(editor, mediaId, (data as { viewer: { id: string } }).viewer.id)
    for (const [name, users] of [
      ['Vera', [{ user: { name: 'Vera' } }]],
      ['Vito', []],
      ['Vera', [{ user: { name: 'Vera' } }]],
    ] as const)
      expect(await ask(query, { id: mediaId }, name), name).toMatchObject({
        data: { media: { assignments: { nodes: users } } },
      })
  })
})
