import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { MediaDeleteDocument } from '../../../client/generated/documents.ts'
import type { Job } from '../../../src/services/kernel/jobs.ts'
import { type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'
import { followToEnd, openWorld, readMedia, type World } from '../../harness/world.ts'

let world: World
let files: MediaFixtures

beforeAll(async () => {
  ;[world, files] = await Promise.all([openWorld({ worker: true }), openFixtures()])
})
afterAll(async () => {
  await world?.close()
  await files?.[Symbol.asyncDispose]()
})

const until = (isReached: () => Promise<boolean>) => vi.waitUntil(isReached, { timeout: 30_000, interval: 20 })

const run = (name: 'retention' | 'reclaim' | 'sweep') =>
  world.runtime.ports.database.$transaction((transaction) =>
    world.runtime.ports.queue.send(transaction, { name, payload: {} } satisfies Job),
  )

it('the sweep forgets keyed calls after 24 hours', async () => {
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

it('the nightly jobs remove a converted film for good: rows first, an hour later its bytes', async () => {
  const { database } = world.runtime.ports
  const client = await world.client('admin', 'Root')
  const id = await world.upload(client, await readFile(await files.pathOf('clip.mp4')), { fileName: 'film.mp4' })
  await followToEnd(client, id)
  const { renditions } = await readMedia(client, id)
  expect(renditions.map(({ status }) => status)).toEqual(['READY', 'READY', 'READY'])
  // The original and three renditions, and each is referred to.
  expect(await database.blob.count({ where: { orphanedAt: null } })).toBe(4)
  expect(await database.blob.count()).toBe(4)
  await client.send(MediaDeleteDocument, { input: { id } })
  await database.media.updateMany({ data: { purgeAt: new Date(Date.now() - 1000) } })
  await run('retention')
  await until(async () => (await database.media.count()) === 0)
  expect(await database.blob.count({ where: { orphanedAt: { not: null } } })).toBe(4)
  await database.blob.updateMany({ data: { orphanedAt: new Date(0) } })
  await run('reclaim')
  await until(async () => (await database.blob.count()) === 0)
})
