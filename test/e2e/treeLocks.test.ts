import type pg from 'pg'
import { describe, expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import { MediaListDocument, MediaUpdateDocument, MediaUseDocument } from '../../client/generated/documents.ts'
import { RateLimitedError } from '../../src/services/kernel/errors.ts'
import type { Transaction } from '../../src/services/kernel/ports.ts'
import { lockMedia } from '../../src/services/locking/rowLocks.ts'
import type { TreeName } from '../../src/services/locking/treeLocks.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { link } from '../harness/links.ts'
import { countLockWaits, waitForLockWaits } from '../harness/lockWaits.ts'
import { seedMedia, seedMediaId } from '../harness/seed.ts'
import { openSession } from '../harness/session.ts'
import type { World } from '../harness/world.ts'

const it = base
  .extend('otherSession', async ({ world }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_URL'])
    onCleanup(() => session.end())
    return session
  })
  .extend('thirdSession', async ({ world }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_URL'])
    onCleanup(() => session.end())
    return session
  })

/** Holds the lock of the resource tree until `unlockTree` is called, or the test ends. */
const lockTree = (session: pg.Client) => session.query('SELECT pg_advisory_lock(7301, 2)')
const unlockTree = (session: pg.Client) => session.query('SELECT pg_advisory_unlock_all()')

const countTreeLockWaits = async (session: pg.Client): Promise<number> => {
  const { rows } = await session.query(
    `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND classid = 7301 AND NOT granted`,
  )
  return rows[0].count
}

/** Holds the lock of a row until `unlockRow` is called, or the test ends. */
const lockRow = async (session: pg.Client, id: string) => {
  await session.query('BEGIN')
  await session.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [id])
}
const unlockRow = (session: pg.Client) => session.query('COMMIT')

const changeTree = <Result>(
  world: World,
  tree: TreeName,
  work: (transaction: Transaction) => Promise<Result>,
  timeoutMs: number,
): Promise<Result> => world.runtime.ports.lanes.run('media', { activity: 'changes of trees', tree, timeoutMs }, work)

describe('changes of the resource tree', () => {
  it('leave connections to readers while they wait for the tree lock', async ({
    world,
    users: { editor },
    otherSession,
  }) => {
    const mediaId = await seedMediaId(world, { uploader: 'Ada' })
    await lockTree(otherSession)
    let completedCount = 0
    const links = Array.from({ length: 60 }, async (_, index) => {
      const resource = { type: 'lesson', externalId: `lesson-${index}` }
      const { __typename } = await link(editor, mediaId, resource)
      completedCount++
      return __typename
    })
    await expect.poll(() => countTreeLockWaits(otherSession), { timeout: 10_000 }).toBe(1)
    const reads = Array.from({ length: 30 }, () => editor.send(MediaListDocument, { first: 1 }))
    for (const { mediaList } of await Promise.all(reads)) expect(mediaList.edges).toHaveLength(1)
    expect(completedCount).toBe(0)
    expect(await countTreeLockWaits(otherSession)).toBeLessThanOrEqual(1)
    await unlockTree(otherSession)
    expect(new Set(await Promise.all(links))).toEqual(new Set(['MediaUsage']))
    expect((await editor.send(MediaUseDocument, { id: mediaId })).media?.usageCount).toBe(60)
  })

  it('are refused without an effect after the maximum wait', async ({ world, otherSession }) => {
    let runCount = 0
    const change = () => changeTree(world, 'resources', async () => ++runCount, 100)
    await lockTree(otherSession)
    for (const result of await Promise.allSettled(Array.from({ length: 5 }, change))) {
      if (result.status === 'fulfilled') throw new Error('The change ran although another session holds the tree lock.')
      expect(result.reason).toBeInstanceOf(RateLimitedError)
    }
    expect(runCount).toBe(0)
  })

  it('succeed again after a refusal', async ({ world, otherSession }) => {
    const change = (timeoutMs: number) => changeTree(world, 'resources', async () => 'changed', timeoutMs)
    await lockTree(otherSession)
    await expect(change(100)).rejects.toBeInstanceOf(RateLimitedError)
    await unlockTree(otherSession)
    expect(await change(10_000)).toBe('changed')
  })

  it('do not delay changes of the folder tree', async ({ world, otherSession }) => {
    await lockTree(otherSession)
    expect(await changeTree(world, 'folders', async () => 'changed', 10_000)).toBe('changed')
  })

  it('are refused if a row stays locked, since all others wait for the tree', async ({ world, otherSession }) => {
    const [id = ''] = await seedMedia(world, 1)
    await lockRow(otherSession, id)
    const change = () => changeTree(world, 'resources', (transaction) => lockMedia(transaction, [id]), 600)
    await expect(change()).rejects.toBeInstanceOf(RateLimitedError)
    await unlockRow(otherSession)
    expect(await change()).toMatchObject([{ id }])
  })

  it('release the tree for other processes while they wait for a row', async ({
    world,
    otherSession,
    thirdSession,
  }) => {
    const [id = ''] = await seedMedia(world, 1)
    await lockRow(otherSession, id)
    const change = changeTree(world, 'resources', (transaction) => lockMedia(transaction, [id]), 30_000)
    await waitForLockWaits(world, 1)
    await lockTree(thirdSession)
    await unlockTree(thirdSession)
    await unlockRow(otherSession)
    expect(await change).toMatchObject([{ id }])
  })
})

describe('changes of one media', () => {
  /** Starts 60 changes of a media whose row another session has locked until `unlock` is called. */
  const startBlockedUpdates = async (world: World, editor: Client, session: pg.Client) => {
    const id = await seedMediaId(world, { uploader: 'Ada' })
    await lockRow(session, uuidOf(id))
    let completedCount = 0
    const updates = Array.from({ length: 60 }, async (_, index) => {
      const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id, title: `${index}` } })
      completedCount++
      return mediaUpdate.__typename
    })
    await waitForLockWaits(world, 1)
    return { updates, countCompleted: () => completedCount, unlock: () => unlockRow(session) }
  }

  it('leave connections to readers while they wait for the row lock', async ({
    world,
    users: { editor },
    otherSession,
  }) => {
    const { updates, countCompleted, unlock } = await startBlockedUpdates(world, editor, otherSession)
    const reads = Array.from({ length: 30 }, () => editor.send(MediaListDocument, { first: 1 }))
    for (const { mediaList } of await Promise.all(reads)) expect(mediaList.edges).toHaveLength(1)
    expect(countCompleted()).toBe(0)
    // A waiting transaction releases its connection between two attempts.
    expect(await countLockWaits(world)).toBeLessThanOrEqual(1)
    await unlock()
    expect(new Set(await Promise.all(updates))).toEqual(new Set(['Media']))
  })

  it('do not delay changes of another media', async ({ world, users: { editor }, otherSession }) => {
    const { updates, countCompleted, unlock } = await startBlockedUpdates(world, editor, otherSession)
    const otherId = await seedMediaId(world, { uploader: 'Ada' })
    const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id: otherId, title: 'not delayed' } })
    expect([mediaUpdate.__typename, countCompleted()]).toEqual(['Media', 0])
    await unlock()
    expect(new Set(await Promise.all(updates))).toEqual(new Set(['Media']))
  })
})
