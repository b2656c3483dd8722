import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, vi } from 'vitest'
import { type Client, createClient, ResponseError } from '../../client/client.ts'
import {
  FolderCreateDocument,
  FoldersDocument,
  MediaBulkTagDocument,
  MediaUploadCreateDocument,
} from '../../client/generated/documents.ts'
import { it as base } from '../harness/it.ts'
import { freePort } from '../harness/port.ts'
import { startProcess } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { seedMediaIds } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const it = base
  /** Database sessions with the rights of the application. */
  .extend('sessions', { scope: 'file' }, ({ world }, { onCleanup }) => {
    const sessions = new pg.Pool({ connectionString: world.env['DATABASE_URL'], max: 4 })
    onCleanup(() => sessions.end())
    return sessions
  })
  /** Another server of the same world, in a process of its own, and a client of it that is signed in as Ada. */
  .extend('otherServer', async ({ world }, { onCleanup }) => {
    const [redis, port] = [await startRedis(), String(await freePort())]
    const env = { ...world.env, PORT: port, REDIS_URL: redis.url, LOG_LEVEL: 'info' }
    const { end } = await startProcess('src/server.ts', env, 'Listening')
    const kill = () => end('SIGKILL')
    onCleanup(async () => {
      await kill()
      await redis.stop()
    })
    const token = await world.token('editor', 'Ada')
    return { client: createClient({ url: `http://127.0.0.1:${port}/graphql`, token }), kill }
  })

/** Repeats the check until it passes. */
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

const createFolder = (client: Client, name: string, idempotencyKey: string) =>
  client.send(FolderCreateDocument, { input: { name } }, { idempotencyKey })

const countFolders = async (client: Client, name: string): Promise<number> =>
  (await client.send(FoldersDocument, { parentId: null })).folders.filter((folder) => folder.name === name).length

const countStatements = async (world: World, run: () => Promise<unknown>): Promise<number> =>
  (await world.captureStatements(run)).length

const findCall = (world: World, key: string) =>
  world.runtime.ports.database.idempotentCall.findFirst({ where: { key } })

describe('a mutation under a key', () => {
  const mismatch = { errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] }

  it('is refused without a valid token', async ({ world, users: { editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    const anonymous = createClient({ url: world.graphqlUrl, token: 'none' })
    await expect(createFolder(anonymous, name, key)).rejects.toMatchObject({ status: 401 })
    expect(await countFolders(editor, name)).toBe(0)
  })

  it('gives a viewer the same refusal again', async ({ users: { viewer, editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    const refusal = await createFolder(viewer, name, key)
    expect(refusal.folderCreate).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await createFolder(viewer, name, key)).toEqual(refusal)
    expect(await countFolders(editor, name)).toBe(0)
  })

  it('is refused if the same user has used the key in another role', async ({ world, users: { viewer, editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(viewer, name, key)
    await expect(createFolder(await world.client('editor', 'Vera'), name, key)).rejects.toMatchObject(mismatch)
    expect(await countFolders(editor, name)).toBe(0)
  })

  it('runs for an editor although another user has used the key', async ({ users: { viewer, editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(viewer, name, key)
    expect((await createFolder(editor, name, key)).folderCreate).toMatchObject({ __typename: 'Folder', name })
  })

  it('runs once for an editor', async ({ users: { editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    const created = await createFolder(editor, name, key)
    expect(created.folderCreate).toMatchObject({ __typename: 'Folder', name })
    expect(await createFolder(editor, name, key)).toEqual(created)
    expect(await countFolders(editor, name)).toBe(1)
  })

  it('runs again without its key', async ({ users: { editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(editor, name, key)
    // The second folder of the same name is refused.
    expect((await editor.send(FolderCreateDocument, { input: { name } })).folderCreate).toMatchObject({
      code: 'STATE_CONFLICT',
    })
    expect(await countFolders(editor, name)).toBe(1)
  })

  it('is refused if the key was used with another input', async ({ users: { editor } }) => {
    const [name, otherName, key] = [randomUUID(), randomUUID(), randomUUID()]
    await createFolder(editor, name, key)
    await expect(createFolder(editor, otherName, key)).rejects.toMatchObject(mismatch)
    expect([await countFolders(editor, name), await countFolders(editor, otherName)]).toEqual([1, 0])
  })

  it('costs two statements more than without a key', async ({ world, users: { editor } }) => {
    const plainCount = await countStatements(world, () =>
      editor.send(FolderCreateDocument, { input: { name: randomUUID() } }),
    )
    expect(await countStatements(world, () => createFolder(editor, randomUUID(), randomUUID()))).toBe(plainCount + 2)
  })

  it('costs one statement when it is repeated', async ({ world, users: { editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(editor, name, key)
    expect(await countStatements(world, () => createFolder(editor, name, key))).toBe(1)
  })

  it('is logged under a request id of its own', async ({ world, users: { editor } }) => {
    const [name, key] = [randomUUID(), randomUUID()]
    await createFolder(editor, name, key)
    const { requestId } = (await findCall(world, key)) ?? {}
    const events = await world.runtime.ports.database.event.findMany({ where: { requestId } })
    expect(events).toMatchObject([{ action: 'folder.created', data: { name } }])
  })

  it('gives concurrent repeats the same upload ticket', async ({ world, users: { editor } }) => {
    const previousCount = await world.runtime.ports.database.upload.count()
    const send = (key: string) =>
      editor.send(
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

  it('starts one bulk operation', async ({ world, users: { editor } }) => {
    const ids = await seedMediaIds(world, 1, { uploader: 'Ada' })
    const previousCount = await world.runtime.ports.database.operation.count()
    const key = randomUUID()
    const send = () =>
      editor.send(MediaBulkTagDocument, { input: { add: ['new'], target: { ids } } }, { idempotencyKey: key })
    const first = await send()
    expect(first.mediaBulkTag.__typename).toBe('Operation')
    expect(await send()).toEqual(first)
    expect(await world.runtime.ports.database.operation.count()).toBe(previousCount + 1)
  })
})

describe('a repeat after the server was killed during the call', () => {
  /** Blocks all changes of the folder tree until the returned function is called. */
  const lockFolders = async (sessions: pg.Pool) => {
    const session = await sessions.connect()
    await session.query('SELECT pg_advisory_lock(7301, 1)')
    return async () => {
      await session.query('SELECT pg_advisory_unlock(7301, 1)')
      session.release()
    }
  }

  /** Starts a call that waits in the server for `releaseFolders`. `failure` resolves once the call has failed. */
  const beginCall = async (world: World, sessions: pg.Pool, client: Client) => {
    const [name, key] = [randomUUID(), randomUUID()]
    const releaseFolders = await lockFolders(sessions)
    const failure = expect(createFolder(client, name, key)).rejects.toThrow()
    await until(async () => expect(await findCall(world, key)).not.toBeNull())
    return { name, key, releaseFolders, failure }
  }

  const expireLease = (sessions: pg.Pool, key: string) =>
    sessions.query(`UPDATE "IdempotentCall" SET "aliveAt" = now() - interval '15 seconds' WHERE "key" = $1`, [key])

  it('runs the call if nothing was changed', async ({ world, users: { editor }, sessions, otherServer }) => {
    const { name, key, releaseFolders, failure } = await beginCall(world, sessions, otherServer.client)
    await otherServer.kill()
    await failure
    await releaseFolders()
    const repeats = [createFolder(editor, name, key), createFolder(editor, name, key)]
    await expireLease(sessions, key)
    const [first, second] = await Promise.all(repeats)
    expect(first?.folderCreate).toMatchObject({ __typename: 'Folder', name })
    expect(second).toEqual(first)
    expect(await countFolders(editor, name)).toBe(1)
  })

  it('reports that the answer is lost if something was changed', async ({
    world,
    users: { editor },
    sessions,
    otherServer,
  }) => {
    const { name, key, releaseFolders, failure } = await beginCall(world, sessions, otherServer.client)
    // The change can be committed, but its answer cannot be stored.
    const session = await sessions.connect()
    await session.query('BEGIN')
    await session.query('SELECT 1 FROM "IdempotentCall" WHERE "key" = $1 FOR NO KEY UPDATE', [key])
    await releaseFolders()
    await until(async () => expect(await countFolders(editor, name)).toBe(1))
    await otherServer.kill()
    await failure
    await sessions.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%IdempotentCall%'`,
    )
    await session.query('COMMIT')
    session.release()
    await expireLease(sessions, key)
    const error = await createFolder(editor, name, key).catch((thrown: unknown) => thrown)
    if (!(error instanceof ResponseError)) throw error
    expect(error.errors).toMatchObject([
      {
        message: expect.stringMatching(/made changes, but its result was lost/),
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ])
    const requestId = error.errors[0]?.extensions?.requestId
    const events = await world.runtime.ports.database.event.findMany({ where: { requestId } })
    expect(events).toMatchObject([{ action: 'folder.created', data: { name } }])
    expect(await countFolders(editor, name)).toBe(1)
  })
})
