import { createClient } from 'graphql-ws'
import { it as base } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase } from '../../harness/postgres.ts'
import { startTcpProxy } from '../../harness/tcpProxy.ts'
import { openWorld, type World } from '../../harness/world.ts'

export interface Answer {
  status: number
  headers: Headers
  body: { data?: Record<string, unknown> | null; errors?: { message: string; extensions: Record<string, unknown> }[] }
  seconds: number
}

/** Sends a document with the media type that allows an error status. */
export const send = async (world: World, query: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const startMs = performance.now()
  const response = await fetch(world.graphqlUrl, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.token('admin', 'Root')}`,
      accept: 'application/graphql-response+json',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ query }),
  })
  const body = (await response.json()) as Answer['body'] // as: the response format of GraphQL over HTTP
  return { status: response.status, headers: response.headers, body, seconds: (performance.now() - startMs) / 1000 }
}

export const openSockets = async (world: World, name = 'Root') => {
  const connectionParams = { authorization: `Bearer ${await world.token('admin', name)}` }
  const url = world.graphqlUrl.replace(/^http/, 'ws')
  return createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => undefined,
  })
}

/** `it` with a world whose API reaches its database through `proxy`. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('testDatabase', { scope: 'file' }, async ({}, { onCleanup }) => {
    const testDatabase = await createTestDatabase()
    onCleanup(() => testDatabase.drop())
    return testDatabase
  })
  .extend('proxy', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
    const proxy = await startTcpProxy(testDatabase.appUrl)
    onCleanup(() => proxy.close())
    return proxy
  })
  .extend('world', { scope: 'file' }, async ({ proxy, testDatabase }, { onCleanup }) => {
    const world = await openWorld({ env: { DATABASE_URL: proxy.url, DATABASE_OWNER_URL: testDatabase.ownerUrl } })
    onCleanup(() => world.close())
    return world
  })
