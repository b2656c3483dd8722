import { getIntrospectionQuery } from 'graphql'
import { describe, expect } from 'vitest'
import { it as base } from './serverIt.ts'
import { post, readResult, type ServerWorldOptions } from './serverWorld.ts'

const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ introspection: false, graphiql: false }),
)

describe('a server in production', () => {
  it('refuses introspection', async ({ world }) => {
    const query = getIntrospectionQuery()
    const result = await readResult(post(world.url, await world.token(), { query }))
    expect(result.data).toBeUndefined()
    expect(result.errors?.[0]?.message).toContain('introspection')
  })

  it('suggests no names in errors', async ({ world }) => {
    const token = await world.token()
    for (const [query, variables] of [
      ['{ hallo }', {}],
      ['{ items(firts: 1) { level } }', {}],
      ['query ($filter: Filter) { filtered(filter: $filter) }', { filter: { nam: 'x' } }],
      ['query ($filter: Filter) { filtered(filter: $filter) }', { filter: { colour: 'REDD' } }],
      ['{ filtered(filter: { colour: REDD }) }', {}],
    ] as const) {
      const { errors } = await readResult(post(world.url, token, { query, variables }))
      expect(errors?.length, query).toBeGreaterThan(0)
      expect(JSON.stringify(errors), query).not.toMatch(/did you mean/i)
    }
  })

  it('has no GraphiQL', async ({ world }) => {
    const page = await fetch(`${world.url}/graphql`, { headers: { Accept: 'text/html' } })
    expect(page.status).toBe(401)
  })
})
