import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Client, createClient } from '../client/client.ts'
import { makeToken, type TokenRole } from '../src/adapters/auth.ts'
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { migrate } from '../src/adapters/migrate.ts'
import { freePort } from '../test/harness/port.ts'
import { startRedis } from '../test/harness/redis.ts'

const secret = 'a secret of at least thirty-two characters'
const root = join(import.meta.dirname, '..')

/** A migrated database with a temporary folder. Servers run as separate processes, so that each can be measured alone. */
export interface World extends AsyncDisposable {
  path: string
  origin: string
  graphqlUrl: string
  /** Environment with which a process joins this world. */
  env: Record<string, string>
  /** Pool connected as the owner of the tables. */
  database: pg.Pool
  /** Creates a token, by default of an editor. */
  token(role?: TokenRole): Promise<string>
  /** Creates a client of an editor. Closed together with the world. */
  client(): Promise<Client>
  /**
   * Starts an entry point of the project and waits until it is ready, on the port of the world or on `PORT` of `env`.
   * Stopped together with the world at the latest.
   */
  serve(script: string, env?: Record<string, string>): Promise<Server>
  /** Starts the API alone, with a Redis server: without one it refuses to start. */
  serveApi(env?: Record<string, string>): Promise<Server>
  /** Forks a script of `bench/processes`, which communicates by IPC messages. A name without extension means `.ts`. */
  forkHelper(name: string, env?: Record<string, string>): Promise<Helper>
}

export interface Server {
  pid: number
  stop(): Promise<void>
}

export interface Helper {
  pid: number
  /** Sends a request and waits for the reply. */
  call<Reply>(request: object): Promise<Reply>
  stop(): Promise<void>
}

export const openWorld = async (): Promise<World> => {
  const { path, remove } = await createTemporaryFolder()
  const postgres = await startEmbeddedPostgres({ dataDir: path })
  await migrate(postgres)
  const database = new pg.Pool({ connectionString: postgres.ownerUrl, max: 4 })
  database.on('error', () => undefined) // the database may stop before the pool is closed
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const env = {
    PORT: String(port),
    DATA_DIR: join(path, 'data'),
    DATABASE_URL: postgres.appUrl,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    REDIS_URL: '',
    STORAGE_URL: '',
    AUTH_JWT_SECRET: secret,
    LOG_LEVEL: 'error',
    RATE_LIMIT: '0',
    RATE_LIMIT_UPLOADS: '0',
    RATE_LIMIT_BULK: '0',
    SOCKETS_PER_USER: '0',
    SOCKETS_PER_ADDRESS: '0',
  }
  const closers: (() => Promise<unknown>)[] = []
  const token = (role: TokenRole = 'editor') =>
    makeToken(secret, { sub: role === 'editor' ? 'ada' : role, name: 'Ada', role, kind: 'person', expires: '12h' })
  const graphqlUrl = `${origin}/graphql`

  const serve: World['serve'] = async (script, extraEnv = {}) => {
    const child = spawnScript(script, { ...env, ...extraEnv })
    const stop = createStopper(child)
    closers.push(stop)
    await waitUntilReady(`http://127.0.0.1:${extraEnv.PORT ?? port}`, child)
    return { pid: child.pid ?? 0, stop }
  }

  return {
    path,
    origin,
    graphqlUrl,
    env,
    database,
    token,

    async client() {
      const client = createClient({ url: graphqlUrl, token: await token() })
      closers.push(() => client.close())
      return client
    },

    serve,

    async serveApi(extraEnv = {}) {
      const redis = await startRedis()
      closers.push(redis.stop)
      return serve('src/server.ts', { REDIS_URL: redis.url, ...extraEnv })
    },

    async forkHelper(name, extraEnv = {}) {
      const child = forkHelper(name, { ...env, ...extraEnv })
      const stop = createStopper(child)
      closers.push(stop)
      await once(child, 'message')
      return { pid: child.pid ?? 0, call: (request) => call(child, request), stop }
    },

    async [Symbol.asyncDispose]() {
      for (const close of closers.toReversed()) await close()
      await database.end()
      await postgres.close()
      await remove()
    },
  }
}

/**
 * Creates a temporary folder. Mode 711, because under root PostgreSQL runs as another user, who must be able to traverse
 * it. Its files may lie elsewhere, behind the link `postgres` in the folder; `remove` deletes them too.
 */
export const createTemporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'mediagraph-bench-'))
  await chmod(path, 0o711)
  const remove = async (): Promise<void> => {
    const postgres = await realpath(join(path, 'postgres')).catch(() => null)
    if (postgres !== null) await rm(postgres, { recursive: true, force: true })
    await rm(path, { recursive: true, force: true })
  }
  return { path, remove }
}

export const spawnScript = (script: string, env: Record<string, string>): ChildProcess => {
  const child = spawn(process.execPath, [join(root, script)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2],
  })
  killWithParent(child)
  return child
}

const forkHelper = (name: string, env: Record<string, string>): ChildProcess => {
  const file = extname(name) === '' ? `${name}.ts` : name
  const child = fork(join(import.meta.dirname, 'processes', file), {
    env: { ...process.env, ...env },
    serialization: 'advanced',
  })
  killWithParent(child)
  return child
}

/** Kills the child when this process exits. */
const killWithParent = (child: ChildProcess): void => {
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

/** Returns a function that sends SIGTERM and waits for the exit. */
export const createStopper = (child: ChildProcess) => async (): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exitEvent = once(child, 'exit')
  child.kill('SIGTERM')
  await exitEvent
}

const call = async <Reply>(child: ChildProcess, request: object): Promise<Reply> => {
  const exitController = new AbortController()
  const onExit = () => exitController.abort(new Error('A benchmark process exited unexpectedly.'))
  child.once('exit', onExit)
  try {
    const replyEvent = once(child, 'message', { signal: exitController.signal })
    child.send(request)
    const [reply] = await replyEvent
    return reply
  } finally {
    child.off('exit', onExit)
  }
}

export const waitUntilReady = async (origin: string, child: ChildProcess): Promise<void> => {
  while (!(await isReady(origin))) {
    if (child.exitCode !== null) throw new Error(`The server exited with ${child.exitCode} before it was ready.`)
    await sleep(5)
  }
}

const isReady = (origin: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get(`${origin}/readyz`, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })

/** Reads the resident memory of a process as the kernel counts it, not V8. Linux only: null elsewhere. */
export const readResidentBytes = async (pid: number): Promise<number | null> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? []
  return kib === undefined ? null : Number(kib) * 1024
}

/** Reads the CPU time of a process and its exited children, with a resolution of 10 ms. Linux only: null elsewhere. */
export const readCpuSeconds = async (pid: number): Promise<number | null> => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (line === null) return null
  // The second field, the name, may contain blanks: utime, stime, cutime and cstime are the 12th to 15th field after it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}
