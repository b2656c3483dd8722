import { serverAudits } from 'graphql-http'
import { describe, expect } from 'vitest'
import { it } from './serverIt.ts'

const audits = serverAudits({ url: 'http://127.0.0.1/graphql' })

describe('GraphQL over HTTP', () => {
  it('has more than 50 audits', () => {
    expect(audits.length).toBeGreaterThan(50)
  })

  it.for(audits.map(({ id, name }) => [id, name] as const))('passes audit %s: %s', async ([auditId], { world }) => {
    const token = await world.token()
    const fetchFn: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('Authorization', `Bearer ${token}`)
      return fetch(input, { ...init, headers })
    }
    const audit = serverAudits({ url: `${world.url}/graphql`, fetchFn }).find(({ id }) => id === auditId)
    if (audit === undefined) throw new Error(`There is no audit ${auditId}.`)
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
})
