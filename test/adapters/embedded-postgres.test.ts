import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { systemFolder } from '../../src/adapters/embedded-postgres/home.ts'
import { canEnter, chooseAccount, runsAsRoot } from '../../src/adapters/embedded-postgres/osAccount.ts'
import { processExists } from '../../src/adapters/embedded-postgres/processes.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/start.ts'
import { query } from '../harness/postgres.ts'

const root = join(import.meta.dirname, '..', '..')
const source = join(root, 'src', 'adapters', 'embedded-postgres', 'start.ts')
const runner = join(root, 'test', 'harness', 'embedded-postgres-process.ts')
const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
const settings = { fsync: 'off' }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const temporaryFolder = async (mode: number): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-embedded-'))
  await chmod(folder, mode)
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Whatever still runs in it is stopped at the end. */
const dataFolder = async (mode = 0o711): Promise<string> => {
  const dataDir = await temporaryFolder(mode)
  cleanups.push(async () => {
    const home = await realpath(join(dataDir, 'postgres')).catch(() => null)
    if (home === null) return
    const pid = await postmasterOf(dataDir).catch(() => null)
    if (pid !== null && processExists(pid)) process.kill(pid, 'SIGQUIT')
    while (pid !== null && processExists(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
    await rm(home, { recursive: true, force: true })
  })
  return dataDir
}

const postmasterOf = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0])

const start = async (dataDir: string) => {
  const postgres = await startEmbeddedPostgres({ dataDir, settings })
  cleanups.push(() => postgres.close())
  return postgres
}

interface Answer {
  ownerUrl: string
  appUrl: string
  error?: string
}

const startInProcess = async (dataDir: string, options: { uid?: number; gid?: number; source?: string } = {}) => {
  const { uid, gid } = options
  const args = [runner, options.source ?? source, dataDir]
  const child = spawn(process.execPath, args, { uid, gid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  cleanups.push(() => endProcess(child, 'SIGTERM'))
  const [line] = await once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), 'line') // as: piped above
  return { child, answer: JSON.parse(line) as Answer } // as: the runner's own line
}

const endProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

test('owns a database with two roles, of which the application cannot make tables', async () => {
  const { ownerUrl, appUrl } = await start(await dataFolder())
  await query(ownerUrl, 'CREATE TABLE lesson (id int)')
  await expect(query(appUrl, 'CREATE TABLE chapter (id int)')).rejects.toThrow('permission denied')
  await expect(query(appUrl, 'SELECT * FROM lesson')).rejects.toThrow('permission denied')
  expect(await query(appUrl, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
})

test('keeps its data, its passwords and other users out', async () => {
  const dataDir = await dataFolder()
  const first = await startEmbeddedPostgres({ dataDir, settings })
  await query(first.ownerUrl, 'CREATE TABLE lesson AS SELECT 1 AS id')
  await Promise.all([first.close(), first.close()])
  await expect(query(first.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')

  const second = await start(dataDir)
  expect(new URL(second.ownerUrl).password).toBe(new URL(first.ownerUrl).password)
  expect(await query(second.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 1 }])
  const home = join(dataDir, 'postgres')
  expect((await stat(home)).mode & 0o007).toBe(0)
  expect((await stat(join(home, 'cluster'))).mode & 0o077).toBe(0)
  expect((await stat(join(home, 'passwords.json'))).mode & 0o777).toBe(0o600)
})

test('listens on loopback only, and without the password nobody gets in', async () => {
  const { appUrl } = await start(await dataFolder())
  expect(await query(appUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  const guess = new URL(appUrl)
  guess.password = 'guess'
  await expect(query(guess.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
})

test('a second start beside a living first one is refused, says what to do, and harms nothing', async () => {
  const dataDir = await dataFolder()
  const { child, answer } = await startInProcess(dataDir)
  await query(answer.ownerUrl, 'CREATE TABLE lesson (id int)')
  const refusal = startEmbeddedPostgres({ dataDir, settings })
  await expect(refusal).rejects.toThrow(
    `in use by process ${child.pid}: stop that process (kill ${child.pid}), or set DATA_DIR`,
  )
  expect(await query(answer.ownerUrl, 'SELECT count(*)::int AS n FROM lesson')).toEqual([{ n: 0 }])
})

test('of several first starts at once exactly one wins', async () => {
  const dataDir = await dataFolder()
  const runs = await Promise.all([1, 2, 3, 4].map(() => startInProcess(dataDir)))
  const winners = runs.filter(({ answer }) => answer.error === undefined)
  expect(winners).toHaveLength(1)
  for (const { answer } of runs) if (answer.error !== undefined) expect(answer.error).toContain('in use by process')
  expect(await query(winners[0]?.answer.appUrl ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('takes over the PostgreSQL that a killed process left running', async () => {
  const dataDir = await dataFolder()
  const { child, answer } = await startInProcess(dataDir)
  await query(answer.ownerUrl, 'CREATE TABLE lesson AS SELECT 7 AS id')
  const pidBefore = await postmasterOf(dataDir)
  await endProcess(child, 'SIGKILL')
  expect(processExists(pidBefore)).toBe(true)

  const next = await startEmbeddedPostgres({ dataDir, settings })
  expect(await postmasterOf(dataDir)).toBe(pidBefore)
  expect(await query(next.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 7 }])
  await next.close()
  await expect(query(next.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
})

test('starts again after PostgreSQL and its owner were both killed', async () => {
  const dataDir = await dataFolder()
  const { child, answer } = await startInProcess(dataDir)
  await query(answer.ownerUrl, 'CREATE TABLE lesson AS SELECT 7 AS id')
  await endProcess(child, 'SIGKILL')
  process.kill(await postmasterOf(dataDir), 'SIGKILL')
  const next = await start(dataDir)
  expect(await query(next.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 7 }])
})

test('is not fooled by files whose process numbers belong to somebody else by now', async () => {
  const dataDir = await dataFolder()
  const first = await startEmbeddedPostgres({ dataDir, settings })
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8')
  await first.close()
  await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)))
  await writeFile(join(dataDir, 'postgres', 'claims', `${process.ppid}.0123456789abcdef.0123456789abcdef`), '')
  const { appUrl } = await start(dataDir)
  expect(await query(appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a preparation that was cut off leaves nothing that the next start trips over', async () => {
  const dataDir = await dataFolder()
  const half = join(dataDir, 'postgres', 'draft-000000000000', 'cluster')
  await mkdir(half, { recursive: true })
  await writeFile(join(half, 'PG_VERSION'), '18\n')
  await start(dataDir)
  expect((await readdir(join(dataDir, 'postgres'))).filter((name) => name.startsWith('draft-'))).toEqual([])
})

test('a process that ends without closing takes its PostgreSQL along', async () => {
  const dataDir = await dataFolder()
  const { child } = await startInProcess(dataDir)
  const pid = await postmasterOf(dataDir)
  const exit = once(child, 'exit')
  child.send('exit')
  await exit
  await expect.poll(() => processExists(pid), { timeout: 10_000 }).toBe(false)
})

test('another process joins the running database, and learns when there is none', async () => {
  const dataDir = await dataFolder()
  await expect(attachEmbeddedPostgres({ dataDir })).rejects.toThrow('start the API first, or set DATABASE_URL')
  const { child, answer } = await startInProcess(dataDir)
  expect(await attachEmbeddedPostgres({ dataDir })).toEqual(answer)
  await endProcess(child, 'SIGTERM')
  await expect(attachEmbeddedPostgres({ dataDir })).rejects.toThrow('start the API first, or set DATABASE_URL')
})

test('what PostgreSQL complains about is in the error, and the folder is free again', async () => {
  const dataDir = await dataFolder()
  const refusal = startEmbeddedPostgres({ dataDir, settings: { ...settings, shared_buffers: 'plenty' } })
  await expect(refusal).rejects.toThrow('invalid value for parameter "shared_buffers"')
  await start(dataDir)
})

test.runIf(runsAsRoot())(
  'for root, PostgreSQL runs as somebody else, outside of a folder that is closed to them',
  async () => {
    const dataDir = await dataFolder(0o700)
    const { appUrl } = await start(dataDir)
    expect(await query(appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(dirname(await realpath(join(dataDir, 'postgres')))).toBe(systemFolder)
    expect((await stat(join(dataDir, 'postgres', 'cluster'))).uid).not.toBe(0)
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o007).toBe(0)
  },
)

/** Only root can lend somebody an account, and only where that account may enter the checkout and its Node. */
const canLend = async (): Promise<boolean> =>
  runsAsRoot() &&
  canEnter(await chooseAccount(''), root) &&
  canEnter(await chooseAccount(''), dirname(process.execPath))

test.runIf(await canLend())('as an ordinary user', async () => {
  const { uid = 0, gid = 0 } = await chooseAccount('')
  const dataDir = await dataFolder()
  await chown(dataDir, uid, gid)
  const { child, answer } = await startInProcess(dataDir, { uid, gid })
  expect(answer.error).toBeUndefined()
  expect(await query(answer.appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
  await endProcess(child, 'SIGTERM')
  // Root on the user's folder leaves it usable for the user.
  await startEmbeddedPostgres({ dataDir, settings }).then((postgres) => postgres.close())
  expect((await startInProcess(dataDir, { uid, gid })).answer.error).toBeUndefined()
})

/** A project whose PostgreSQL came without its install script having run. */
const projectWithoutLinks = async () => {
  const project = await temporaryFolder(0o755)
  const from = await realpath(join(root, 'node_modules', packageName))
  const native = join(project, 'node_modules', packageName, 'native')
  const filter = async (path: string) => !(await lstat(path)).isSymbolicLink()
  await cp(from, dirname(native), { recursive: true, filter })
  await symlink(await realpath(join(root, 'node_modules', 'pg')), join(project, 'node_modules', 'pg'))
  await cp(dirname(source), join(project, 'src'), { recursive: true })
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
  const links = async () =>
    (await readdir(join(native, 'lib'), { withFileTypes: true })).filter((file) => file.isSymbolicLink())
  return { source: join(project, 'src', 'start.ts'), links }
}

test('restores library links that a blocked install script did not make', async () => {
  const project = await projectWithoutLinks()
  expect(await project.links()).toEqual([])
  const { answer } = await startInProcess(await dataFolder(), { source: project.source })
  expect(answer.error).toBeUndefined()
  expect(await project.links()).not.toEqual([])
})

test.runIf(await canLend())('copies programs whose links it may not restore', async () => {
  const project = await projectWithoutLinks()
  const { uid = 0, gid = 0 } = await chooseAccount('')
  const dataDir = await dataFolder()
  await chown(dataDir, uid, gid)
  const { answer } = await startInProcess(dataDir, { uid, gid, source: project.source })
  expect(answer.error).toBeUndefined()
  expect(await query(answer.appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await project.links()).toEqual([])
})
