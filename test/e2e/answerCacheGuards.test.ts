import { createClient } from 'graphql-ws'
import { describe, expect } from 'vitest'
import WebSocket from 'ws'
import { it as base } from '../harness/it.ts'
import { seedMediaId } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const maxCalls = 20

// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
const it = base.extend('worldOptions', { scope: 'file' }, async ({}) => {
  return { env: { ANSWER_CACHE_MB: '64', RATE_LIMIT: String(maxCalls) } }
})

const query = '{ viewer { name role } }'

const ask = async (world: World, name: string, document = query): Promise<unknown> =>
  world.post(await world.token('editor', name), document)

/** Sends a query until it is answered without a statement. */
const repeat = async (world: World, name: string, document = query): Promise<void> =>
  expect.poll(() => world.captureStatements(async () => void (await ask(world, name, document)))).toEqual([])

const askBySocket = async (world: World, name: string): Promise<unknown> => {
  const authorization = `Bearer ${await world.token('editor', name)}`
  const client = createClient({
    url: world.graphqlUrl.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
  })
  try {
    for await (const result of client.iterate({ query })) return result
  } finally {
    await client.dispose()
  }
}

describe('a repeated answer', () => {
  it('counts against the limit of its caller', async ({ world }) => {
    const results: unknown[] = []
    for (let index = 0; index <= maxCalls; index++) results.push(await ask(world, 'Ada'))
    expect(results.slice(0, maxCalls)).toEqual(Array.from({ length: maxCalls }, () => results[0]))
    expect(results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  })

  it('is the same over a socket', async ({ world }) => {
    const answer = await ask(world, 'Bob')
    await repeat(world, 'Bob')
    expect(await askBySocket(world, 'Bob')).toEqual(answer)
  })
})

it('an answer over GET has no ETag if one of its fields failed', async ({ world }) => {
  const document = `{ media(id: "${await seedMediaId(world)}") { title history { nodes { action } } } }`
  const response = await fetch(`${world.graphqlUrl}?query=${encodeURIComponent(document)}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${await world.token('viewer', 'Vera')}` },
  })
  expect(await response.json()).toMatchObject({ data: {}, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect(response.headers.get('ETag')).toBeNull()
})
