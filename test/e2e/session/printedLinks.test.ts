import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { it as base } from '../../harness/databaseIt.ts'
import { freePort } from '../../harness/port.ts'
import { startProcess, type TestProcess } from '../../harness/processes.ts'
import { startRedis } from '../../harness/redis.ts'

const root = join(import.meta.dirname, '../../..')
const linkPattern = /^http:\/\/127\.0\.0\.1:\d+\/console\/sign-in#code=([\w-]{43})$/

/** Servers that generate their secret, as in development. */
const it = base
  .extend('env', { scope: 'file' }, async ({ testDatabase }, { onCleanup }): Promise<Record<string, string>> => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-links-'))
    onCleanup(() => rm(dataDir, { recursive: true, force: true }))
    return {
      NODE_ENV: 'test',
      PORT: String(await freePort()),
      DATA_DIR: dataDir,
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      LOG_LEVEL: 'debug',
    }
  })
  .extend('server', { scope: 'file' }, async ({ env }, { onCleanup }) => {
    const server = await startProcess('scripts/start.ts', env, '/console/sign-in#code=')
    onCleanup(() => void server.end('SIGKILL'))
    return server
  })

const linksOf = ({ lines }: TestProcess): string[] => lines.filter((line) => linkPattern.test(line))

/** Signs in by a link. Returns who the browser is. */
const openLink = async (link: string) => {
  const { origin } = new URL(link)
  const headers = { origin, 'content-type': 'application/json' }
  const code = linkPattern.exec(link)?.[1]
  const session = await fetch(`${origin}/console/session`, { method: 'POST', headers, body: JSON.stringify({ code }) })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ query: '{ viewer { name role } }' }),
  })
  return ((await response.json()) as { data: { viewer: unknown } }).data.viewer // as: the shape of the query
}

const runTokenScript = async (env: Record<string, string>, ...options: string[]) => {
  const script = join(root, 'scripts/token.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...options], { env })
  return stdout.trim()
}

it('the start prints a link that signs in an admin', async ({ server }) => {
  const [link = ''] = linksOf(server)
  expect(await openLink(link)).toEqual({ name: 'Admin', role: 'ADMIN' })
})

it('the code of a link gets into no log line', async ({ server }) => {
  const [link = ''] = linksOf(server)
  const code = linkPattern.exec(link)?.[1] ?? ''
  await openLink(link).catch(() => undefined) // another test may have used it
  await expect.poll(() => server.lines.some((line) => line.includes('"path":"/console/session"'))).toBe(true)
  expect(server.lines.filter((line) => line.includes(code))).toEqual([link])
})

it('the token script prints links of a running server', async ({ server, env }) => {
  expect(server.lines.length).toBeGreaterThan(0)
  const link = await runTokenScript(env, '--link', '--role', 'editor', '--name', 'Ada Lovelace')
  expect(link).toMatch(linkPattern)
  expect(await openLink(link)).toEqual({ name: 'Ada Lovelace', role: 'EDITOR' })
})

it('the token script refuses a link for a service', async ({ env }) => {
  await expect(runTokenScript(env, '--link', '--kind', 'service')).rejects.toThrow('Links are for people.')
})

it('the token script refuses a link beside a login service and a secret', async ({ env }) => {
  const settings = {
    AUTH_JWT_SECRET: 'a secret of at least thirty-two characters',
    OIDC_ISSUER: 'https://login.school.example',
    OIDC_CLIENT_ID: 'mediagraph',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_ROLE_CLAIM: 'role',
  }
  await expect(runTokenScript({ ...env, ...settings }, '--link')).rejects.toThrow(
    'people sign in at your login service',
  )
})

it('several API processes print one link', async ({ env, onTestFinished }) => {
  const redis = await startRedis()
  const settings = { ...env, PORT: String(await freePort()), REDIS_URL: redis.url, API_PROCESSES: '2' }
  const group = await startProcess('scripts/start.ts', settings, '/console/sign-in#code=')
  onTestFinished(async () => {
    await group.end('SIGKILL')
    await redis.stop()
  })
  const links = linksOf(group)
  expect(links).toHaveLength(1)
  expect(await openLink(links[0] ?? '')).toEqual({ name: 'Admin', role: 'ADMIN' })
})
