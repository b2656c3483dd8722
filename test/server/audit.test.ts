import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServerWorld, startServerWorld } from './serverWorld.ts'

let world: ServerWorld
let token: string

beforeAll(async () => {
  world = await startServerWorld()
  token = await world.token()
})
afterAll(() => world.close())

const signedFetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const headers = new Headers(init?.headers)
  headers.set('Authorization', `Bearer ${token}`)
  return fetch(input, { ...init, headers })
}

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${world.url}/graphql`, fetchFn: signedFetch })

  test('is audited', () => {
    expect(audits.length).toBeGreaterThan(50)
  })

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (_id, _name, audit) => {
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
})
