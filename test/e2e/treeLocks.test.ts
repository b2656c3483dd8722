import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../client/client.ts'
import { MediaListDocument, MediaUpdateDocument, MediaUseDocument } from '../../client/generated/documents.ts'
import { RateLimitedError } from '../../src/services/kernel/errors.ts'
import type { Transaction } from '../../src/services/kernel/ports.ts'
import { lockMedia } from '../../src/services/locking/rowLocks.ts'
import { withTreeLock } from '../../src/services/locking/treeLocks.ts'
import { uuidOf } from '../harness/ids.ts'
import { link } from '../harness/links.ts'
import { countLockWaits, waitForLockWaits } from '../harness/lockWaits.ts'
import { seedMedia, seedMediaId } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let editor: Client
let otherSession: pg.Client

beforeAll(async () => {
  world = await openWorld()
  editor = await world.client('editor', 'Ada')
  otherSession = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await otherSession.connect()
})
afterAll(async () => {
  await otherSession?.end()
  await world?.close()
})

/** Another process that changes the tree of resources, until the returned function is called. */
const lockTree = async () => {
  await otherSession.query('SELECT pg_advisory_lock(7301, 2)')
}
const unlockTree = () => otherSession.query('SELECT pg_advisory_unlock_all()')
afterEach(unlockTree)

const countTreeLockWaits = async (): Promise<number> => {
  const { rows } = await otherSession.query(
    `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND classid = 7301 AND NOT granted`,
  )
  return rows[0].count
}

describe('changes of the tree of resources', () => {
  it('wait without keeping readers from the database, and all are done in the end', async () => {
    const mediaId = await seedMediaId(world, { uploader: 'Ada' })
    await lockTree()
    let completedCount = 0
    const links = Array.from({ length: 60 }, async (_, index) => {
      const resource = { type: 'lesson', externalId: `gate-${index}` }
      const { __typename } = await link(editor, mediaId, resource)
      completedCount++
      return __typename
    })
    await expect.poll(countTreeLockWaits, { timeout: 10_000 }).toBe(2)
    const reads = Array.from({ length: 30 }, () => editor.send(MediaListDocument, { first: 1 }))
    for (const { mediaList } of await Promise.all(reads)) expect(mediaList.edges).toHaveLength(1)
    expect(completedCount).toBe(0)
    expect(await countTreeLockWaits()).toBe(2)
    await unlockTree()
    expect(new Set(await Promise.all(links))).toEqual(new Set(['MediaUsage']))
    expect((await editor.send(MediaUseDocument, { id: mediaId })).media?.usageCount).toBe(60)
  })

  it('are refused when their turn does not come, with nothing done, and possible again afterwards', async () => {
    const { database } = world.runtime.ports
    let runCount = 0
    const change = (waitMs: number) => withTreeLock(database, 'resources', async () => ++runCount, { waitMs })
    await lockTree()
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => change(100)))
    for (const each of results) {
      if (each.status === 'fulfilled') throw new Error('another process is at it')
      expect(each.reason).toBeInstanceOf(RateLimitedError)
    }
    expect(runCount).toBe(0)
    // The tree of folders is another structure.
    expect(await withTreeLock(database, 'folders', async () => 'folders')).toBe('folders')
    await unlockTree()
    expect(await change(10_000)).toBe(1)
  })

  it('wait for a row no longer than they may, since all others wait with them', async () => {
    const { database } = world.runtime.ports
    const [id = ''] = await seedMedia(world, 1)
    await otherSession.query('BEGIN')
    await otherSession.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [id])
    const change = () =>
      withTreeLock(database, 'resources', (transaction) => lockMedia(transaction, [id]), { rowMs: 100 })
    await expect(change()).rejects.toBeInstanceOf(RateLimitedError)
    await otherSession.query('COMMIT')
    expect(await change()).toMatchObject([{ id }])
  })

  it('may wait longer for a row than they would for their turn', async () => {
    const { database } = world.runtime.ports
    const [id = ''] = await seedMedia(world, 1)
    await otherSession.query('BEGIN')
    await otherSession.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [id])
    const limitOf = (transaction: Transaction) => transaction.$queryRaw<[{ limit: string }]>`
      SELECT current_setting('lock_timeout') AS "limit"`
    const work = async (transaction: Transaction) => {
      const [{ limit }] = await limitOf(transaction)
      void otherSession.query('SELECT pg_sleep(0.5)').then(() => otherSession.query('COMMIT'))
      const [media] = await lockMedia(transaction, [id])
      return { limit, media }
    }
    const result = await withTreeLock(database, 'resources', work, { waitMs: 100 })
    expect(result).toMatchObject({ limit: '10s', media: { id } })
  })
})

describe('changes of one media', () => {
  it('wait for it without keeping readers from the database, and all are done in the end', async () => {
    const id = await seedMediaId(world, { uploader: 'Ada' })
    await otherSession.query('BEGIN')
    await otherSession.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [uuidOf(id)])
    let completedCount = 0
    const updates = Array.from({ length: 60 }, async (_, index) => {
      const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id, title: `${index}` } })
      completedCount++
      return mediaUpdate.__typename
    })
    await waitForLockWaits(world, 1)
    const reads = Array.from({ length: 30 }, () => editor.send(MediaListDocument, { first: 1 }))
    for (const { mediaList } of await Promise.all(reads)) expect(mediaList.edges).toHaveLength(1)
    expect([completedCount, await countLockWaits(world)]).toEqual([0, 1])
    const another = await seedMediaId(world, { uploader: 'Ada' })
    const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id: another, title: 'not held up' } })
    expect([mediaUpdate.__typename, completedCount]).toEqual(['Media', 0])
    await otherSession.query('COMMIT')
    expect(new Set(await Promise.all(updates))).toEqual(new Set(['Media']))
  })
})
