import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { it as base } from '../../harness/databaseIt.ts'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { freePort } from '../../harness/port.ts'
import { startProcess } from '../../harness/processes.ts'

/** A server process that logs everything, whose people sign in at a login service. */
const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('dataDir', async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-logs-'))
    onCleanup(() => rm(dataDir, { recursive: true, force: true }))
    return dataDir
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('login', async ({}, { onCleanup }) => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const origin = `http://127.0.0.1:${serverPort}`
    const issuer = await startIssuer({ port, redirectUri: `${origin}/console/callback` })
    onCleanup(() => issuer.stop())
    issuer.setAccount({ sub: 'ada', name: 'Ada', role: 'editor' })
    return { issuer, serverPort, origin }
  })
  .extend('server', async ({ dataDir, login, testDatabase }, { onCleanup }) => {
    const env = {
      NODE_ENV: 'test',
      PORT: String(login.serverPort),
      DATA_DIR: dataDir,
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      AUTH_JWT_SECRET: 'a secret of at least thirty-two characters',
      OIDC_ISSUER: login.issuer.url,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_ROLE_CLAIM: 'role',
      LOG_LEVEL: 'debug',
      LOG_SQL: 'true',
    }
    const server = await startProcess('scripts/start.ts', env, 'Started to run jobs')
    onCleanup(() => void server.end('SIGKILL'))
    return server
  })

const valuesOf = (response: Response): string[] =>
  response.headers.getSetCookie().map((cookie) => /=([^;]*)/.exec(cookie)?.[1] ?? '')

it('the log contains no secret of a sign-in, whether it succeeds or not', async ({ server, login, database }) => {
  const { issuer, origin } = login
  const secrets: string[] = [clientSecret]

  /** Signs in with an answer that `change` may spoil. Returns the status. */
  const signIn = async (change: (answer: URL) => void | Promise<void>): Promise<number> => {
    const begin = await fetch(`${origin}/console/sign-in`, { redirect: 'manual' })
    const { nonce, codeVerifier } = await database.signIn.findFirstOrThrow({ orderBy: { endsAt: 'desc' } })
    const answer = new URL(await issuer.authorize(begin.headers.get('location') ?? ''))
    await change(answer)
    const cookie = begin.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const response = await fetch(answer, { redirect: 'manual', headers: { cookie } })
    const { code = '', state = '' } = Object.fromEntries(answer.searchParams)
    secrets.push(nonce, codeVerifier, code, state, ...valuesOf(begin), ...valuesOf(response))
    return response.status
  }

  expect(await signIn(() => undefined)).toBe(303)
  expect(await signIn(({ searchParams }) => searchParams.set('code', 'forged-code'))).toBe(401)
  expect(await signIn(() => issuer.stop())).toBe(503)
  await expect.poll(() => server.lines.filter((line) => line.includes('"/console/callback"')).length).toBe(3)
  expect(secrets.filter((secret) => secret === '')).toEqual([])
  expect(server.lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([])
})
