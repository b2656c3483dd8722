import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, vi } from 'vitest'
import { MediaDeleteDocument } from '../../../client/generated/documents.ts'
import type { Job } from '../../../src/services/kernel/jobs.ts'
import { itWithWorker } from '../../harness/it.ts'
import { followToEnd, readMedia } from '../../harness/world.ts'

const until = (isReached: () => Promise<boolean>) => vi.waitUntil(isReached, { timeout: 30_000, interval: 20 })

/** Sends a job that usually runs on a schedule. */
const it = itWithWorker.extend('run', { scope: 'file' }, ({ world }) => (name: 'retention' | 'reclaim' | 'sweep') => {
  const { database, queue } = world.runtime.ports
  return database.$transaction((transaction) => queue.send(transaction, { name, payload: {} } satisfies Job))
})

it('deletes idempotent calls after 24 hours', async ({ world, run }) => {
  const { database } = world.runtime.ports
  const [day, call] = [86_400_000, { userId: randomUUID(), fingerprint: '0'.repeat(64), requestId: 'one' }]
  await database.idempotentCall.createMany({
    data: [
      { ...call, key: 'old', claimedAt: new Date(Date.now() - day), aliveAt: new Date(Date.now() - day) },
      { ...call, key: 'young', claimedAt: new Date(Date.now() - day + 600_000) },
    ],
  })
  await run('sweep')
  await until(async () => (await database.idempotentCall.count()) === 1)
  expect(await database.idempotentCall.findMany()).toMatchObject([{ key: 'young' }])
})

it('deletes the rows of a purged video first, then its blobs after an hour', async ({
  world,
  users: { admin },
  files,
  run,
}) => {
  const { database } = world.runtime.ports
  const id = await world.upload(admin, await readFile(await files.pathOf('clip.mp4')), { fileName: 'film.mp4' })
  await followToEnd(admin, id)
  const { renditions } = await readMedia(admin, id)
  expect(renditions.map(({ status }) => status)).toEqual(['READY', 'READY', 'READY'])
  // The original, three renditions and three thumbnails, all of them referenced.
  expect(await database.blob.count({ where: { orphanedAt: null } })).toBe(7)
  expect(await database.blob.count()).toBe(7)
  await admin.send(MediaDeleteDocument, { input: { id } })
  await database.media.updateMany({ data: { purgeAt: new Date(Date.now() - 1000) } })
  await run('retention')
  await until(async () => (await database.media.count()) === 0)
  expect(await database.blob.count({ where: { orphanedAt: { not: null } } })).toBe(7)
  await database.blob.updateMany({ data: { orphanedAt: new Date(0) } })
  await run('reclaim')
  await until(async () => (await database.blob.count()) === 0)
})
