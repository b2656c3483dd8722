import { expect } from 'vitest'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/mediaIt.ts'
import { createViewer, interceptStatements, openChanges } from './changesWorld.ts'

const isRead = (statement: string): boolean => statement.includes('string_agg(uuid_send')

it('slow reads of the lists of one user delay no other list', async ({ world, users: { editor }, createMedia }) => {
  const id = await createMedia()
  const [release, others] = [Promise.withResolvers<void>(), createViewer()]
  const database = interceptStatements(world.runtime.ports.database, async (statement, run) => {
    if (isRead(statement) && statement.includes('slow')) await release.promise
    return run()
  })
  const changes = openChanges(world, { database })
  const events = await changes.subscribe(others, { filter: { tagsAny: ['quick'] } })
  await events.next()
  const slowUser = createViewer()
  const slow = [1, 2, 3, 4, 5].map((number) => changes.subscribe(slowUser, { filter: { tagsAny: [`slow${number}`] } }))
  const late = await changes.subscribe(others, { filter: { tagsAll: ['quick'] } })
  await late.next()
  await editor.send(MediaUpdateDocument, { input: { id, tags: ['quick', 'slow1'] } })
  for (const stream of [events, late])
    expect((await stream.next()).value).toMatchObject([{ kind: 'ADDED', mediaId: uuidOf(id) }])
  release.resolve()
  await Promise.all(slow)
})

it('a change during a read of a list is reported', async ({ world, users: { editor }, createMedia }) => {
  const id = await createMedia()
  const [started, release, checked] = [1, 2, 3].map(() => Promise.withResolvers<void>())
  const database = interceptStatements(world.runtime.ports.database, async (statement, run) => {
    const result = await run()
    if (statement.includes('AS "matches"')) checked?.resolve()
    // The members are those of the time before the change.
    if (isRead(statement) && statement.includes('during')) {
      started?.resolve()
      await release?.promise
    }
    return result
  })
  const changes = openChanges(world, { database })
  await changes.subscribe(createViewer(), { filter: { tagsAny: ['unrelated'] } })
  const subscribing = changes.subscribe(createViewer(), { filter: { tagsAny: ['during'] } })
  await started?.promise
  await editor.send(MediaUpdateDocument, { input: { id, tags: ['during'] } })
  await checked?.promise
  release?.resolve()
  const events = await subscribing
  expect((await events.next()).value).toEqual([])
  expect((await events.next()).value).toMatchObject([{ kind: 'ADDED', mediaId: uuidOf(id) }])
})

it('a list whose reads keep failing ends with an error', { timeout: 30_000 }, async ({ world }) => {
  const { database: working } = world.runtime.ports
  const reads = { count: 0 }
  const database = interceptStatements(working, (statement, run) => {
    if (!isRead(statement)) return run()
    reads.count += 1
    return reads.count === 1 ? run() : Promise.reject(new Error('the statement took too long'))
  })
  const { id: folderId } = await working.folder.create({ data: { name: 'Outer' } })
  const changes = openChanges(world, { database })
  const events = await changes.subscribe(createViewer(), { filter: { inFolder: globalId('Folder', folderId) } })
  await events.next()
  await working.event.create({ data: { action: 'folder.updated', nodeType: 'Folder', nodeId: folderId, data: {} } })
  await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(reads.count).toBe(5)
})

it('a changed media looks up the words of at most four searches at a time', async ({
  world,
  users: { editor },
  createMedia,
}) => {
  const id = await createMedia()
  const lookups = { running: 0, most: 0 }
  const database = interceptStatements(world.runtime.ports.database, async (statement, run) => {
    if (!statement.includes('searchCompounds')) return run()
    lookups.running += 1
    lookups.most = Math.max(lookups.most, lookups.running)
    return run().finally(() => {
      lookups.running -= 1
    })
  })
  const changes = openChanges(world, { database })
  const viewer = createViewer()
  const open = async (number: number) => {
    const events = await changes.subscribe(viewer, { filter: { search: `harmony ${number}` } })
    await events.next()
    return events
  }
  const lists = await Promise.all(Array.from({ length: 12 }, (_, number) => open(number)))
  lookups.most = 0
  await editor.send(MediaUpdateDocument, { input: { id, title: 'Harmony 0 1 2 3 4 5 6 7 8 9 10 11' } })
  for (const events of lists) expect((await events.next()).value).toMatchObject([{ mediaId: uuidOf(id) }])
  expect(lookups.most).toBeLessThanOrEqual(4 + 2)
})
