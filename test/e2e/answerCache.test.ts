import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { it as base } from '../harness/it.ts'
import { freePort } from '../harness/port.ts'
import { startProcess } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { seedMediaIds } from '../harness/seed.ts'

const readQuery = 'query ($id: ID!) { viewer { name } media(id: $id) { title viewerCanUpdate { allowed } } }'
const renameMutation =
  'mutation ($input: MediaUpdateInput!) { mediaUpdate(input: $input) { ... on Media { title } ... on Error { message } } }'

const callers = { Vera: 'viewer', Ada: 'editor', Bob: 'editor', Root: 'admin' } as const
type Caller = keyof typeof callers

/** Two API servers of one library with one media, which callers read and rename through either. */
const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('worldOptions', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return { env: { ANSWER_CACHE_MB: '64', REDIS_URL: redis.url } }
  })
  .extend('library', { scope: 'file' }, async ({ world }, { onCleanup }) => {
    const port = String(await freePort())
    const other = await startProcess('src/server.ts', { ...world.env, PORT: port, LOG_LEVEL: 'info' }, 'Listening')
    onCleanup(async () => void (await other.end('SIGTERM')))
    const [id = ''] = await seedMediaIds(world, 1, { kind: 'DOCUMENT', status: 'READY', uploader: 'Ada' })
    const servers = [world.origin, `http://127.0.0.1:${port}`]
    const tokens = new Map<Caller, string>()
    for (const [name, role] of Object.entries(callers)) tokens.set(name as Caller, await world.token(role, name)) // as: a key

    const post = async (server: number, caller: Caller, query: string, variables: object) => {
      const response = await fetch(`${servers[server]}/graphql`, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${tokens.get(caller)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as { data: Record<string, unknown> } // as: the response format of GraphQL over HTTP
    }
    return {
      read: (server: number, caller: Caller) => post(server, caller, readQuery, { id }),
      async rename(server: number, title: string) {
        const { data } = await post(server, 'Root', renameMutation, { input: { id, title } })
        expect(data['mediaUpdate']).toEqual({ title })
      },
    }
  })

const answerFor = (caller: Caller, title: string) => ({
  data: {
    viewer: { name: caller },
    media: { title, viewerCanUpdate: { allowed: caller === 'Ada' || caller === 'Root' } },
  },
})

describe('a repeated query', () => {
  it('reads no rows while nothing is committed', async ({ world, library }) => {
    await library.read(0, 'Ada')
    await expect.poll(() => world.captureStatements(() => library.read(0, 'Ada'))).toEqual([])
  })

  it('is answered for its own caller, with the newest title', async ({ library }) => {
    const server = fc.nat({ max: 1 })
    const step = fc.oneof(
      { weight: 1, arbitrary: fc.record({ server, title: fc.stringMatching(/^[a-z]{1,8}$/) }) },
      { weight: 4, arbitrary: fc.record({ server, caller: fc.constantFrom<Caller>('Vera', 'Ada', 'Bob', 'Root') }) },
    )
    await library.rename(0, 'start')
    let title = 'start'
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20 }), async (steps) => {
        for (const step of steps) {
          if ('caller' in step)
            expect(await library.read(step.server, step.caller)).toEqual(answerFor(step.caller, title))
          else {
            await library.rename(step.server, step.title)
            title = step.title
          }
        }
      }),
      { numRuns: 15 },
    )
  })

  it('never returns a title older than the last change that was answered', async ({ library }) => {
    let [answered, begun] = [0, 0]
    await library.rename(0, 'title 0')
    const readers = (['Vera', 'Ada', 'Root', 'Ada'] as const).map(async (caller, index) => {
      while (answered < 40) {
        const oldest = answered
        const { data } = await library.read(index % 2, caller)
        const { title } = data['media'] as { title: string } // as: the query above
        const number = Number(title.slice('title '.length))
        expect(number).toBeGreaterThanOrEqual(oldest)
        expect(number).toBeLessThanOrEqual(begun)
      }
    })
    while (answered < 40) {
      begun += 1
      await library.rename(begun % 2, `title ${begun}`)
      answered = begun
    }
    await Promise.all(readers)
  })
})
