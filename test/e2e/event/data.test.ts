import { randomUUID } from 'node:crypto'
import { describe, expect, vi } from 'vitest'
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
import { itWithWorker } from '../../harness/it.ts'
import { link } from '../../harness/links.ts'
import { createTicket } from '../../harness/tickets.ts'
import { followToEnd, type World } from '../../harness/world.ts'

// Compares the rows of the log with the documented actions.

const it = itWithWorker

const uploadText = async (world: World, client: Client, text: string): Promise<string> => {
  const id = await world.upload(client, Buffer.from(text), { fileName: 'notes.txt', allowDuplicate: true })
  await followToEnd(client, id)
  return id
}

/** Performs every kind of change that needs no image or video. */
const performActions = async (world: World, root: Client): Promise<void> => {
  const upload = (text: string) => uploadText(world, root, text)
  const [first, second, third] = [await upload('one'), await upload('one'), await upload('three')]
  const { folderCreate } = await root.send(FolderCreateDocument, { input: { name: 'Folder' } })
  if (folderCreate.__typename !== 'Folder') throw new Error('no folder')
  await root.send(FolderUpdateDocument, { input: { id: folderCreate.id, name: 'Renamed' } })
  const changes = { title: 'New', description: 'Words', altText: null, tags: ['a'], externalId: randomUUID() }
  await root.send(MediaUpdateDocument, { input: { id: first, ...changes, folderId: folderCreate.id } })
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
  const ticket = await createTicket(root, { fileName: 'x', sizeBytes: 1 })
  await root.send(MediaUploadCancelDocument, { id: ticket.upload.id })
}

describe('the event log', () => {
  it('writes data in exactly the documented shape of each action', async ({ world, users: { admin } }) => {
    await performActions(world, admin)
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

  it('is reported as intact by eventsVerify', async ({ users: { admin } }) => {
    const { eventsVerify } = await admin.send(EventsVerifyDocument, {})
    expect(eventsVerify).toMatchObject({ ok: true, fault: null })
  })
})
