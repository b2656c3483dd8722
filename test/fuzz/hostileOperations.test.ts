import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { describe, expect } from 'vitest'
import { createHostileRequest, type HostileRequest } from '../harness/hostileRequests.ts'
import { it as base } from '../harness/it.ts'
import { link, newResource } from '../harness/links.ts'
import { freePort } from '../harness/port.ts'
import { startProcess } from '../harness/processes.ts'
import { createRandom } from '../harness/random.ts'
import { startRedis } from '../harness/redis.ts'
import { seedMediaIds } from '../harness/seed.ts'

const runCount = Number(process.env['HOSTILE_RUNS'] ?? 500)
const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 1e9))
/** A process that has answered many requests of up to 1 MB. */
const maxResidentMb = 700

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('worldOptions', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return { env: { REDIS_URL: redis.url, ANSWER_CACHE_MB: '64' } }
  })
  .extend('server', { scope: 'file' }, async ({ world, users: { admin } }, { onCleanup }) => {
    const [id = ''] = await seedMediaIds(world, 5, { status: 'READY' })
    await link(admin, id, newResource())
    const port = await freePort()
    const env = { ...world.env, PORT: String(port), NODE_ENV: 'development' }
    const server = await startProcess('src/server.ts', { ...env, LOG_LEVEL: 'info' }, 'Listening')
    const authorization = `Bearer ${await world.token('editor', 'Ada')}`
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    onCleanup(async () => {
      agent.destroy()
      await server.end('SIGTERM')
    })

    /** Resolves to status and text, or to the reason why the connection ended. Leaves endless answers. */
    const send = ({ method, path, headers, body }: Omit<HostileRequest, 'kind'>): Promise<string> =>
      new Promise((resolve) => {
        const req = request({ port, agent, method, path, headers: { authorization, ...headers } }, (res) => {
          if (res.headers['content-type']?.startsWith('text/event-stream')) {
            resolve(`${res.statusCode}`)
            req.destroy()
            return
          }
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => void chunks.push(chunk))
          res.on('close', () => resolve(`${res.statusCode} ${Buffer.concat(chunks)}`))
        })
        req.setTimeout(30_000, () => req.destroy(new Error('There was no answer.')))
        req.on('error', (error) => resolve(error.message))
        req.end(body)
      })
    const residentMb = async (): Promise<number> => {
      const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    }
    return { ...server, send, residentMb }
  })

/** Connections that the server may end without an answer, or with one while the client still writes. */
const endedPattern = /^(socket hang up|read ECONNRESET|write EPIPE|write ECONNRESET)$/

describe('a hostile request', () => {
  it('is refused without harm to the server', { timeout: 120_000 + 100 * runCount }, async ({ server }) => {
    const [faults, statuses]: [string[], Map<string, number>] = [[], new Map()]
    let next = 0
    const sendAll = async (): Promise<void> => {
      for (let number = next++; number < runCount; number = next++) {
        const hostile = createHostileRequest(createRandom(seed + number))
        const answer = await server.send(hostile)
        const status = answer.slice(0, 3)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        const isFine = /^[234]\d\d\b/.test(answer) || (endedPattern.test(answer) && hostile.kind === 'large body')
        if (isFine && !answer.includes('INTERNAL_SERVER_ERROR')) continue
        faults.push(`HOSTILE_SEED=${seed + number} HOSTILE_RUNS=1 ${hostile.kind}: ${answer.slice(0, 300)}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, sendAll))
    expect(faults).toEqual([])
    expect(statuses.get('200')).toBeGreaterThan(runCount / 10)
    expect(statuses.get('400')).toBeGreaterThan(0)
    expect(server.child.exitCode).toBeNull()
    expect(server.lines.filter((line) => /"level":"?(50|60|error|fatal)/.test(line))).toEqual([])
    expect(await server.residentMb()).toBeLessThan(maxResidentMb)
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const body = Buffer.from('{"query":"{ viewer { name } }"}')
    expect(await server.send({ method: 'POST', path: '/graphql', headers, body })).toBe(
      '200 {"data":{"viewer":{"name":"Ada"}}}',
    )
  })
})
