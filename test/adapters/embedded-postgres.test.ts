import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { processExists } from '../../src/adapters/embedded-postgres/processes.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/start.ts'
import { query } from '../harness/postgres.ts'
import {
  dataFolder,
  endProcess,
  postmasterOf,
  settings,
  start,
  startInProcess,
} from './embedded-postgres/embeddedServers.ts'

/** `it` with a PostgreSQL that runs until the end of the file. */
const it = base.extend(
  'running',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-embedded-'))
    await chmod(dataDir, 0o711)
    const postgres = await startEmbeddedPostgres({ dataDir, settings })
    onCleanup(async () => {
      await postgres.close()
      await rm(await realpath(join(dataDir, 'postgres')), { recursive: true })
      await rm(dataDir, { recursive: true })
    })
    return { ...postgres, dataDir }
  },
)

describe('the embedded PostgreSQL', () => {
  it('has an application role that cannot create tables', async ({ running: { ownerUrl, appUrl } }) => {
    await query(ownerUrl, 'CREATE TABLE lesson (id int)')
    await expect(query(appUrl, 'CREATE TABLE chapter (id int)')).rejects.toThrow('permission denied')
    await expect(query(appUrl, 'SELECT * FROM lesson')).rejects.toThrow('permission denied')
  })

  it('has a database in UTF-8', async ({ running: { appUrl } }) => {
    expect(await query(appUrl, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
  })

  it('accepts no connections after its close, which may be called twice', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir: await dataFolder(), settings })
    await Promise.all([postgres.close(), postgres.close()])
    await expect(query(postgres.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  })

  it('keeps its data and passwords after a restart', async () => {
    const dataDir = await dataFolder()
    const first = await startEmbeddedPostgres({ dataDir, settings })
    await query(first.ownerUrl, 'CREATE TABLE lesson AS SELECT 1 AS id')
    await first.close()
    const second = await start(dataDir)
    expect(new URL(second.ownerUrl).password).toBe(new URL(first.ownerUrl).password)
    expect(await query(second.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 1 }])
  })

  it('keeps other users out of its files', async ({ running: { dataDir } }) => {
    const home = join(dataDir, 'postgres')
    expect((await stat(home)).mode & 0o007).toBe(0)
    expect((await stat(join(home, 'cluster'))).mode & 0o077).toBe(0)
    expect((await stat(join(home, 'passwords.json'))).mode & 0o777).toBe(0o600)
  })

  it('listens on loopback only', async ({ running: { appUrl } }) => {
    expect(await query(appUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  })

  it('refuses a wrong password', async ({ running: { appUrl } }) => {
    const guess = new URL(appUrl)
    guess.password = 'guess'
    await expect(query(guess.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  it('refuses a second start, without an effect on the first one', async () => {
    const dataDir = await dataFolder()
    const { child, result } = await startInProcess(dataDir)
    await query(result.ownerUrl, 'CREATE TABLE lesson (id int)')
    const refusal = startEmbeddedPostgres({ dataDir, settings })
    await expect(refusal).rejects.toThrow(
      `in use by process ${child.pid}. Stop that process (kill ${child.pid}), or set DATA_DIR`,
    )
    expect(await query(result.ownerUrl, 'SELECT count(*)::int AS n FROM lesson')).toEqual([{ n: 0 }])
  })

  it('starts in exactly one of several processes at the same time', async () => {
    const dataDir = await dataFolder()
    const runs = await Promise.all([1, 2, 3, 4].map(() => startInProcess(dataDir)))
    const winners = runs.filter(({ result }) => result.error === undefined)
    expect(winners).toHaveLength(1)
    for (const { result } of runs) if (result.error !== undefined) expect(result.error).toContain('in use by process')
    expect(await query(winners[0]?.result.appUrl ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('takes over the PostgreSQL that a killed process left running', async () => {
    const dataDir = await dataFolder()
    const { child, result } = await startInProcess(dataDir)
    await query(result.ownerUrl, 'CREATE TABLE lesson AS SELECT 7 AS id')
    const pidBefore = await postmasterOf(dataDir)
    await endProcess(child, 'SIGKILL')
    expect(processExists(pidBefore)).toBe(true)

    const next = await startEmbeddedPostgres({ dataDir, settings })
    expect(await postmasterOf(dataDir)).toBe(pidBefore)
    expect(await query(next.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 7 }])
    await next.close()
    await expect(query(next.ownerUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  })

  it('starts again after PostgreSQL and its owner were both killed', async () => {
    const dataDir = await dataFolder()
    const { child, result } = await startInProcess(dataDir)
    await query(result.ownerUrl, 'CREATE TABLE lesson AS SELECT 7 AS id')
    await endProcess(child, 'SIGKILL')
    process.kill(await postmasterOf(dataDir), 'SIGKILL')
    const next = await start(dataDir)
    expect(await query(next.ownerUrl, 'SELECT id FROM lesson')).toEqual([{ id: 7 }])
  })

  it('ignores files whose process ids belong to other processes', async () => {
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

  it('removes the remains of an interrupted initialisation', async () => {
    const dataDir = await dataFolder()
    const partialCluster = join(dataDir, 'postgres', 'draft-000000000000', 'cluster')
    await mkdir(partialCluster, { recursive: true })
    await writeFile(join(partialCluster, 'PG_VERSION'), '18\n')
    await start(dataDir)
    expect((await readdir(join(dataDir, 'postgres'))).filter((name) => name.startsWith('draft-'))).toEqual([])
  })

  it('stops when its process exits without closing it', async () => {
    const dataDir = await dataFolder()
    const { child } = await startInProcess(dataDir)
    const pid = await postmasterOf(dataDir)
    const exit = once(child, 'exit')
    child.send('exit')
    await exit
    await expect.poll(() => processExists(pid), { timeout: 10_000 }).toBe(false)
  })

  it('can be attached to by another process', async () => {
    const dataDir = await dataFolder()
    const { result } = await startInProcess(dataDir)
    expect(await attachEmbeddedPostgres({ dataDir })).toEqual(result)
  })

  it('cannot be attached to before it has started', async () => {
    const dataDir = await dataFolder()
    await expect(attachEmbeddedPostgres({ dataDir })).rejects.toThrow('Start the API first, or set DATABASE_URL')
  })

  it('cannot be attached to after it has stopped', async () => {
    const dataDir = await dataFolder()
    const { child } = await startInProcess(dataDir)
    await endProcess(child, 'SIGTERM')
    await expect(attachEmbeddedPostgres({ dataDir })).rejects.toThrow('Start the API first, or set DATABASE_URL')
  })

  const failToStart = async (dataDir: string): Promise<void> => {
    const failure = startEmbeddedPostgres({ dataDir, settings: { ...settings, shared_buffers: 'plenty' } })
    await expect(failure).rejects.toThrow('invalid value for parameter "shared_buffers"')
  }

  it('reports why PostgreSQL does not start', async () => {
    await failToStart(await dataFolder())
  })

  it('can start after a failed start', async () => {
    const dataDir = await dataFolder()
    await failToStart(dataDir)
    await start(dataDir)
  })
})
