import { describe, expect } from 'vitest'
import { it as base } from '../harness/it.ts'
import { link, newResource } from '../harness/links.ts'
import { freePort } from '../harness/port.ts'
import { startProcess } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { seedMediaIds } from '../harness/seed.ts'

/** Reads of a used and an unused media. The used one fails at once, while the history of the other is being refused. */
const query = `{
  mediaList(order: { by: USAGE_COUNT, direction: ASC }) {
    nodes { usages { nodes { media { url(expiresInSeconds: 1) } } } history { totalCount } }
  }
}`

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('worldOptions', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return { env: { REDIS_URL: redis.url } }
  })
  .extend('server', { scope: 'file' }, async ({ world, users: { admin } }, { onCleanup }) => {
    const [, used = ''] = await seedMediaIds(world, 2, { status: 'READY' })
    await link(admin, used, newResource())
    const port = String(await freePort())
    const server = await startProcess('src/server.ts', { ...world.env, PORT: port, LOG_LEVEL: 'info' }, 'Listening')
    onCleanup(async () => void (await server.end('SIGTERM')))
    const authorization = `Bearer ${await world.token('viewer', 'Vera')}`
    const post = async (text: string) => {
      const headers = { accept: 'application/json', authorization, 'content-type': 'application/json' }
      const body = JSON.stringify({ query: text })
      return (await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })).json()
    }
    return { ...server, post }
  })

describe('a rejected field of an item before one that failed', () => {
  it('does not end the server', async ({ server }) => {
    expect(await server.post(query)).toMatchObject({ data: null, errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
    expect(await server.post('{ viewer { name } }')).toEqual({ data: { viewer: { name: 'Vera' } } })
  })
})
