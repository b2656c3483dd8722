import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  EventsVerifyDocument,
  FolderCreateDocument,
  FolderDeleteDocument,
  FolderUpdateDocument,
  MediaBulkTagDocument,
  MediaDeleteDocument,
  MediaMergeDocument,
  MediaPurgeDocument,
  MediaRestoreDocument,
  MediaUnlinkDocument,
  MediaUpdateDocument,
  MediaUploadCancelDocument,
  ResourceDeleteDocument,
} from '../../../client/generated/documents.ts'
import { actions, isAction } from '../../../src/services/event/actions.ts'
import { link } from '../../harness/links.ts'
import { createTicket } from '../../harness/tickets.ts'
import { followToEnd, openWorld, type World } from '../../harness/world.ts'

// What is written to the log is what its documentation promises.

let world: World
let root: Client

beforeAll(async () => {
  world = await openWorld({ worker: true })
  root = await world.client('admin', 'Root')
})
afterAll(() => world?.close())

const uploadText = async (text: string): Promise<string> => {
  const id = await world.upload(root, Buffer.from(text), { fileName: 'notes.txt', allowDuplicate: true })
  await followToEnd(root, id)
  return id
}

/** Some of everything that can be done without a picture or a film. */
const performActions = async (): Promise<void> => {
  const [first, second, third] = [await uploadText('one'), await uploadText('one'), await uploadText('three')]
  const { folderCreate } = await root.send(FolderCreateDocument, { input: { name: 'Folder' } })
  if (folderCreate.__typename !== 'Folder') throw new Error('no folder')
  await root.send(FolderUpdateDocument, { input: { id: folderCreate.id, name: 'Renamed' } })
  const change = { title: 'New', description: 'Words', altText: null, tags: ['a'], externalId: randomUUID() }
  await root.send(MediaUpdateDocument, { input: { id: first, ...change, folderId: folderCreate.id } })
  await root.send(MediaUpdateDocument, { input: { id: first, folderId: null } })
  await root.send(FolderDeleteDocument, { id: folderCreate.id })
  const lesson = { type: 'lesson', externalId: '1' }
  const course = { type: 'course', externalId: '1' }
  await link(root, first, { ...lesson, parent: { ...course, title: 'Course' } })
  await link(root, second, { ...lesson, title: 'Lesson' })
  await link(root, third, lesson)
  await root.send(MediaUnlinkDocument, { input: { mediaId: third, resource: lesson } })
  await root.send(MediaMergeDocument, { input: { keepId: first, removeIds: [second] } })
  await root.send(MediaDeleteDocument, { input: { id: first, force: true } })
  await root.send(ResourceDeleteDocument, { ref: course })
  await root.send(MediaRestoreDocument, { id: first })
  await root.send(MediaDeleteDocument, { input: { id: third } })
  await root.send(MediaPurgeDocument, { id: third })
  await root.send(MediaBulkTagDocument, { input: { target: { ids: [first] }, add: ['bulk'] } })
  const { upload } = await createTicket(root, { fileName: 'x', sizeBytes: 1 })
  await root.send(MediaUploadCancelDocument, { id: upload.id })
}

it('the data of every event has the shape that its action names, nothing missing and nothing more', async () => {
  await performActions()
  const { database } = world.runtime.ports
  await vi.waitUntil(async () => (await database.event.count({ where: { action: 'operation.completed' } })) === 1, {
    timeout: 20_000,
    interval: 20,
  })
  const events = await database.event.findMany()
  for (const { action, data } of events) {
    if (!isAction(action)) throw new Error(`${action} is not documented`)
    expect(actions[action].data.strict().safeParse(data), `${action}: ${JSON.stringify(data)}`).toMatchObject({
      success: true,
    })
  }
  expect(new Set(events.map(({ action }) => action)).size).toBeGreaterThan(18)
})

it('and the log is whole', async () => {
  const { eventsVerify } = await root.send(EventsVerifyDocument, {})
  expect(eventsVerify).toMatchObject({ ok: true, fault: null })
})
