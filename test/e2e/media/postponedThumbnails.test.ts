import { describe, expect } from 'vitest'
import type { Clock } from '../../../src/services/kernel/ports.ts'
import { createThumbnails } from '../../../src/services/rendition/thumbnails.ts'
import { uuidOf } from '../../harness/ids.ts'
import { itWithWorker as base } from '../../harness/it.ts'
import { createPicture } from '../../harness/pictures.ts'
import { followToEnd } from '../../harness/world.ts'

const minutesMs = 60_000

const it = base
  .extend('clock', (): Clock & { nowMs: number } => ({
    nowMs: Date.now(),
    now() {
      return new Date(this.nowMs)
    },
  }))
  .extend('thumbnails', ({ world, clock }) => createThumbnails({ database: world.runtime.ports.database, clock }))
  /** Version whose thumbnails are missing. */
  .extend('versionId', async ({ world, users: { editor } }) => {
    const { database } = world.runtime.ports
    await database.$executeRaw`DELETE FROM pgboss.schedule WHERE name = 'thumbnails'`
    const id = await world.upload(editor, createPicture(), { fileName: 'picture.png' })
    await followToEnd(editor, id)
    const where = { version: { mediaId: uuidOf(id) } }
    await database.rendition.updateMany({ where, data: { hasThumbnails: false } })
    return (await database.rendition.findFirstOrThrow({ where })).versionId
  })
  .extend('isPending', ({ thumbnails, versionId }) => async () => {
    const pending = await thumbnails.listPending(100)
    return pending.some((each) => each.versionId === versionId)
  })

describe('a version whose thumbnails could not be made', () => {
  it('is pending again after a minute', async ({ thumbnails, clock, versionId, isPending }) => {
    expect(await isPending()).toBe(true)
    expect(await thumbnails.postpone(versionId)).toBe(false)
    clock.nowMs += minutesMs - 1
    expect(await isPending()).toBe(false)
    clock.nowMs += 1
    expect(await isPending()).toBe(true)
  })

  it('waits longer after each attempt', async ({ thumbnails, clock, versionId, isPending }) => {
    await thumbnails.postpone(versionId)
    await thumbnails.postpone(versionId)
    clock.nowMs += 4 * minutesMs - 1
    expect(await isPending()).toBe(false)
    clock.nowMs += 1
    expect(await isPending()).toBe(true)
  })

  it('is given up after the sixth attempt', async ({ thumbnails, clock, versionId, isPending }) => {
    const results: boolean[] = []
    for (let attempt = 1; attempt <= 6; attempt++) results.push(await thumbnails.postpone(versionId))
    expect(results).toEqual([false, false, false, false, false, true])
    clock.nowMs += 100_000 * minutesMs
    expect(await isPending()).toBe(false)
  })
})
