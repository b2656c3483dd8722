import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, createClient, ResponseError } from '../../client/client.ts'
import {
  FolderCreateDocument,
  FoldersDocument,
  MediaBulkTagDocument,
  MediaUploadCreateDocument,
} from '../../client/generated/documents.ts'
import { freePort } from '../harness/port.ts'
import { startProcess, type TestProcess } from '../harness/processes.ts'
import { startRedis, type TestRedis } from '../harness/redis.ts'
import { seedMediaIds } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let redis: TestRedis
let ada: Client
/** Sessions of the tests' own, with the rights of the application. */
let sessions: pg.Pool

beforeAll(async () => {
  world = await openWorld()
  redis = await startRedis()
  ada = await world.client('editor', 'Ada')
  sessions = new pg.Pool({ connectionString: world.env['DATABASE_URL'], max: 4 })
  sessions.on('error', () => undefined) // the database goes down with the world
})
afterAll(async () => {
  await sessions?.end()
  await redis?.stop()
  await world?.close()
})

/** Looks again and again until it holds. */
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

const createFolder = (name: string, idempotencyKey: string, client = ada) =>
  client.send(FolderCreateDocument, { input: { name } }, { idempotencyKey })

const foldersNamed = async (name: string): Promise<number> =>
  (await ada.send(FoldersDocument, { parentId: null })).folders.filter((folder) => folder.name === name).length

const row = (key: string) => world.runtime.ports.database.idempotentCall.findFirst({ where: { key } })

describe('a mutation under a key', () => {
  it('is refused to nobody and to viewers, runs for editors, and runs once', async () => {
    const [name, key] = [randomUUID(), randomUUID()]
    const nobody = createClient({ url: world.graphqlUrl, token: 'none' })
    await expect(createFolder(name, key, nobody)).rejects.toMatchObject({ status: 401 })
    const vera = await world.client('viewer', 'Vera')
    const refusal = await createFolder(name, key, vera)
    expect(refusal.folderCreate).toMatchObject({ __typename: 'ForbiddenError' })
    // A refusal is an answer.
    expect(await createFolder(name, key, vera)).toEqual(refusal)
    await expect(createFolder(name, key, await world.client('editor', 'Vera'))).rejects.toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    const created = await createFolder(name, key)
    expect(created.folderCreate).toMatchObject({ __typename: 'Folder', name })
    expect(await createFolder(name, key)).toEqual(created)
    // Without it, the second of the same name is refused.
    expect((await ada.send(FolderCreateDocument, { input: { name } })).folderCreate).toMatchObject({
      code: 'STATE_CONFLICT',
    })
    await expect(createFolder(randomUUID(), key)).rejects.toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    expect(await foldersNamed(name)).toBe(1)
  })

  it('costs two statements more than without one, and one when it is repeated', async () => {
    const countStatements = async (run: () => Promise<unknown>): Promise<number> =>
      (await world.captureStatements(run)).length
    const plain = await countStatements(() => ada.send(FolderCreateDocument, { input: { name: randomUUID() } }))
    const [name, key] = [randomUUID(), randomUUID()]
    expect(await countStatements(() => createFolder(name, key))).toBe(plain + 2)
    expect(await countStatements(() => createFolder(name, key))).toBe(1)
  })

  it('is found in the log under a request id of its own', async () => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(name, key)
    const { requestId } = (await row(key)) ?? {}
    const events = await world.runtime.ports.database.event.findMany({ where: { requestId } })
    expect(events).toMatchObject([{ action: 'folder.created', data: { name } }])
  })

  it('gives the same ticket for an upload, dates and links included, and begins one', async () => {
    const previousCount = await world.runtime.ports.database.upload.count()
    const send = (key: string) =>
      ada.send(
        MediaUploadCreateDocument,
        { input: { fileName: 'a.txt', sizeBytes: 5, sha256: 'ab'.repeat(32) } },
        { idempotencyKey: key },
      )
    const key = randomUUID()
    const all = await Promise.all(Array.from({ length: 10 }, () => send(key)))
    expect(all[0]?.mediaUploadCreate.__typename).toBe('UploadTicket')
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(await world.runtime.ports.database.upload.count()).toBe(previousCount + 1)
  })

  it('asks for one bulk operation', async () => {
    const ids = await seedMediaIds(world, 1, { uploader: 'Ada' })
    const previousCount = await world.runtime.ports.database.operation.count()
    const key = randomUUID()
    const send = () =>
      ada.send(MediaBulkTagDocument, { input: { add: ['new'], target: { ids } } }, { idempotencyKey: key })
    const first = await send()
    expect(first.mediaBulkTag.__typename).toBe('Operation')
    expect(await send()).toEqual(first)
    expect(await world.runtime.ports.database.operation.count()).toBe(previousCount + 1)
  })
})

describe('when a server is killed in the middle of a call', () => {
  let server: TestProcess
  let remoteClient: Client

  const start = async (): Promise<void> => {
    const port = String(await freePort())
    server = await startProcess(
      'src/server.ts',
      { ...world.env, PORT: port, REDIS_URL: redis.url, LOG_LEVEL: 'info' },
      'serves',
    )
    remoteClient = createClient({ url: `http://127.0.0.1:${port}/graphql`, token: await world.token('editor', 'Ada') })
  }
  afterEach(() => server?.end('SIGKILL'))

  /** Nobody changes the tree of folders before `open` is called. */
  const holdFolders = async () => {
    const session = await sessions.connect()
    await session.query('SELECT pg_advisory_lock(7301, 1)')
    return async () => {
      await session.query('SELECT pg_advisory_unlock(7301, 1)')
      session.release()
    }
  }

  /** A call that a server has begun, and that waits there until `open` is called. */
  const beginCall = async () => {
    await start()
    const [name, key] = [randomUUID(), randomUUID()]
    const releaseFolders = await holdFolders()
    const failedCall = expect(createFolder(name, key, remoteClient)).rejects.toThrow()
    await until(async () => expect(await row(key)).not.toBeNull())
    return { name, key, open: releaseFolders, died: failedCall }
  }

  const expireLease = (key: string) =>
    sessions.query(`UPDATE "IdempotentCall" SET "aliveAt" = now() - interval '15 seconds' WHERE "key" = $1`, [key])

  it('a repeat runs it, where nothing was changed yet', async () => {
    const { name, key, open: releaseFolders, died: failedCall } = await beginCall()
    await server.end('SIGKILL')
    await failedCall
    await releaseFolders()
    const repeats = [createFolder(name, key), createFolder(name, key)]
    await expireLease(key)
    const [first, second] = await Promise.all(repeats)
    expect(first?.folderCreate).toMatchObject({ __typename: 'Folder', name })
    expect(second).toEqual(first)
    expect(await foldersNamed(name)).toBe(1)
  })

  it('a repeat is told so, where it had changed something and its answer is lost', async () => {
    const { name, key, open: releaseFolders, died: failedCall } = await beginCall()
    // The change may be committed, its answer cannot be kept.
    const session = await sessions.connect()
    await session.query('BEGIN')
    await session.query('SELECT 1 FROM "IdempotentCall" WHERE "key" = $1 FOR NO KEY UPDATE', [key])
    await releaseFolders()
    await until(async () => expect(await foldersNamed(name)).toBe(1))
    await server.end('SIGKILL')
    await failedCall
    await sessions.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%IdempotentCall%'`,
    )
    await session.query('COMMIT')
    session.release()
    await expireLease(key)
    const error = await createFolder(name, key).catch((thrown: unknown) => thrown)
    if (!(error instanceof ResponseError)) throw error
    expect(error.errors).toMatchObject([
      { message: /has changed something, but its answer is lost/, extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ])
    const requestId = error.errors[0]?.extensions?.requestId
    const events = await world.runtime.ports.database.event.findMany({ where: { requestId } })
    expect(events).toMatchObject([{ action: 'folder.created', data: { name } }])
    expect(await foldersNamed(name)).toBe(1)
  })
})
