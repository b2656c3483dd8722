import { describe, expect } from 'vitest'
import { it as base } from '../harness/it.ts'
import type { WorldOptions } from '../harness/world.ts'

const site = 'https://school.example'

const it = base.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ env: { CORS_ORIGINS: site } }))

/** Headers of libraries that pages add to their requests. */
const libraryHeaders = [
  ['Sentry', 'baggage,sentry-trace'],
  ['OpenTelemetry', 'traceparent,tracestate'],
  ['Apollo Client', 'apollographql-client-name,apollographql-client-version,content-type'],
  ['urql', 'x-graphql-event-stream,graphql-preflight'],
  ['tus-js-client', 'tus-resumable,upload-offset,upload-token,x-http-method-override,x-request-id'],
] as const

const requests = [
  ['/graphql', 'POST'],
  ['/uploads/unknown', 'PATCH'],
  ['/files/unknown', 'GET'],
] as const

describe.for(requests)('a preflight of %s', ([path, method]) => {
  const preflight = (origin: string, url: string, headers: string): Promise<Response> =>
    fetch(`${url}${path}`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
    })

  it.for(libraryHeaders)('allows a listed origin the headers of %s', async ([, names], { world }) => {
    const { status, headers } = await preflight(site, world.origin, names)
    expect([status, headers.get('access-control-allow-headers')]).toEqual([204, names])
    expect(headers.get('access-control-allow-methods')).toContain(method)
  })

  it('allows no header to another origin', async ({ world }) => {
    const { headers } = await preflight('https://evil.example', world.origin, 'sentry-trace')
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })
})
