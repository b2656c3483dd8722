import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { FolderCreateDocument } from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import { itWithWorker as base } from '../../harness/it.ts'
import { newResource, toRef } from '../../harness/links.ts'
import { createRandom } from '../../harness/random.ts'
import { startRedis } from '../../harness/redis.ts'
import { seedMediaIds, seedUserIds } from '../../harness/seed.ts'
import { tags, type WrittenLibrary, writeRandomly } from './libraryWrites.ts'
import { type Filter, openLiveList, waitUntilEqual } from './liveList.ts'

const runs = Number(process.env['REPLAY_RUNS'] ?? 1)
const seed = Number(process.env['REPLAY_SEED'] ?? Date.now() % 100_000)
const writesPerCaller = 40

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('redis', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return redis
  })
  .extend('worldOptions', { scope: 'file' }, ({ redis }) => ({ worker: true, env: { REDIS_URL: redis.url } }))
  .extend('library', async ({ world, users: { admin } }): Promise<WrittenLibrary> => {
    const folderIds: string[] = []
    for (const name of [1, 2, 3].map(() => randomUUID())) {
      const { folderCreate } = await admin.send(FolderCreateDocument, { input: { name } })
      if (folderCreate.__typename === 'Folder') folderIds.push(folderCreate.id)
    }
    return {
      world,
      mediaIds: await seedMediaIds(world, 12, { uploader: 'Ada' }),
      folderIds,
      resources: [newResource('course'), newResource('chapter'), newResource('lesson'), newResource('lesson')],
      userIds: await seedUserIds(world, 3),
    }
  })

const filtersOf = ({ folderIds, resources, userIds }: WrittenLibrary): Filter[] => [
  {},
  { trashed: true },
  { tagsAny: tags.slice(0, 2) },
  { folderId: folderIds[0] },
  { atRoot: true },
  { inFolder: folderIds[0] },
  { assignedToId: userIds[0] },
  { used: true, kinds: ['VIDEO', 'DOCUMENT'] },
  { usedIn: toRef(resources[0] ?? newResource()) },
  { search: 'cells' },
  { search: 'divison' },
  { statuses: ['PROCESSING'] },
  { renditionStatuses: ['READY'] },
  { unusedForDays: 0 },
]

const openLists = async (client: Parameters<typeof openLiveList>[0], filters: Filter[]) =>
  Promise.all(filters.map(async (filter) => ({ filter, list: await openLiveList(client, filter) })))

/** Lists the media again and again, as long as they are changed. */
const listUntil = async (writers: Promise<unknown>, lists: Awaited<ReturnType<typeof openLists>>): Promise<void> => {
  let areWriting = true
  const written = writers.finally(() => {
    areWriting = false
  })
  while (areWriting) for (const { list } of lists) await list.listAgain()
  await written
}

it.for(Array.from({ length: runs }, (_, run) => seed + run))(
  'shows what mediaList returns after random changes by several callers, with seed %i',
  { timeout: 120_000 },
  async (runSeed, { library, users: { editor, otherEditor, admin } }) => {
    const lists = await openLists(otherEditor, filtersOf(library))
    const writers = Promise.all(
      [editor, otherEditor, admin].map((client, index) =>
        writeRandomly(library, client, createRandom(runSeed * 10 + index), writesPerCaller),
      ),
    )
    await listUntil(writers, lists)
    for (const { filter, list } of lists) await waitUntilEqual(otherEditor, filter, list)
    expect(lists[0]?.list.changes().length).toBeGreaterThan(0)
  },
)

it('shows what mediaList returns after Redis was restarted during random changes', { timeout: 120_000 }, async ({
  library,
  redis,
  users: { editor, admin },
}) => {
  const lists = await openLists(admin, filtersOf(library))
  const writers = [editor, admin].map((client, index) =>
    writeRandomly(library, client, createRandom(seed * 10 + 5 + index), 2 * writesPerCaller),
  )
  await lists[0]?.list.until(() => (lists[0]?.list.changes().length ?? 0) > 2)
  await redis.stop()
  await writeRandomly(library, admin, createRandom(seed), 5)
  await redis.start()
  await Promise.all(writers)
  for (const { filter, list } of lists) await waitUntilEqual(admin, filter, list)
})

it('reports a change whose message was lost', { timeout: 60_000 }, async ({ library, redis, users }) => {
  const { database } = library.world.runtime.ports
  const list = await openLiveList(users.viewer, { search: 'unannounced' })
  await redis.stop()
  const id = uuidOf((await seedMediaIds(library.world, 1))[0] ?? '')
  await database.$transaction([
    database.media.update({ where: { id }, data: { title: 'Unannounced' } }),
    database.event.create({ data: { action: 'media.updated', nodeType: 'Media', nodeId: id, mediaId: id, data: {} } }),
  ])
  await list.until(() => list.changes().length > 0)
  await redis.start()
  expect(list.changes()).toMatchObject([{ kind: 'ADDED', media: { title: 'Unannounced' } }])
})
