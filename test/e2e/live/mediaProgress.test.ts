import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaUploadCancelDocument, UploadProgressDocument } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { followToEnd, type Progress, type World } from '../../harness/world.ts'
import { it as base, createUpload } from './clipIt.ts'
import { distinctStatuses, expectOrdered, statesByProfile, watch } from './watch.ts'

/** Converts a video with subscribers; returns the number of reads of the media, and the events that each has received. */
const measureReads = async (
  editor: Client,
  longClip: Buffer,
  { world, clients }: { world: World; clients: Client[] },
) => {
  const { mediaId, send } = await createUpload(editor, longClip, { renditions: ['WEBM'] })
  await send()
  const startMs = performance.now()
  const subscriptions = clients.map((client) => watch(client, mediaId))
  await Promise.all(subscriptions.map(({ rendition }) => rendition('PROCESSING')))
  world.statements.length = 0
  const events = await Promise.all(subscriptions.map(({ completion }) => completion))
  const reads = world.statements.filter((sql) => /^SELECT/.test(sql) && sql.includes('"Media"'))
  // One read every four seconds depends on the time that the conversion takes.
  const periodicReads = Math.ceil((performance.now() - startMs) / 4000)
  return { statements: reads.length, periodicReads, events }
}

const percentsOf = (events: Progress[]): Set<number> =>
  new Set(events.flatMap(({ renditions }) => renditions.map(({ percent }) => percent)))

const it = base
  .extend('readsOfOne', { scope: 'file' }, async ({ world, longClip, users: { editor, viewer } }) =>
    measureReads(editor, longClip, { world, clients: [viewer] }),
  )
  .extend('readsOfFifty', { scope: 'file' }, async ({ world, longClip, users: { editor, viewer, otherEditor } }) => {
    const others = await Promise.all([1, 2].map((each) => world.client('viewer', `Viewer ${each}`)))
    const clients = Array(10)
      .fill([editor, otherEditor, viewer, ...others])
      .flat()
    return measureReads(editor, longClip, { world, clients })
  })

describe('mediaProgress', () => {
  /** Uploads a clip; returns all events of a subscription that began before the upload. */
  const uploadAndWatch = async (editor: Client, clip: Buffer) => {
    const { mediaId, uploadId, send } = await createUpload(editor, clip)
    const subscription = watch(editor, mediaId)
    // The socket answers in order: a first event about the upload shows that the media is followed, too.
    for await (const _ of editor.follow(UploadProgressDocument, { id: uploadId })) break
    await send()
    return { mediaId, events: await subscription.completion }
  }

  it('shows every change of status of a media that an upload is going to create', async ({
    users: { editor },
    clip,
  }) => {
    const { events } = await uploadAndWatch(editor, clip)
    expectOrdered(events)
    expect(distinctStatuses(events)).toEqual(['PROCESSING', 'READY'])
    expect([...statesByProfile(events).keys()].toSorted()).toEqual(['GIF', 'THUMBNAIL', 'WEBM'])
    for (const states of statesByProfile(events).values())
      expect(distinctStatuses(states)).toEqual(['QUEUED', 'PROCESSING', 'READY'])
  })

  it('delivers one event, the final state, to each late subscriber', async ({ users: { editor, viewer }, clip }) => {
    const { mediaId, events } = await uploadAndWatch(editor, clip)
    for (const _ of [1, 2]) expect(await followToEnd(viewer, mediaId)).toEqual([events.at(-1)])
  })

  it('shows increasing progress to all users', ({ readsOfFifty }) => {
    for (const events of readsOfFifty.events) {
      expectOrdered(events)
      expect(events.at(-1)?.renditions).toMatchObject([{ status: 'READY', percent: 100, attempts: 1 }])
      expect(percentsOf(events).size).toBeGreaterThan(4)
    }
  })

  it('ends with the last of several media', async ({ world, users: { editor }, clip }) => {
    const finishedId = await world.upload(editor, Buffer.from('Already here.'), { fileName: 'notes.txt' })
    await followToEnd(editor, finishedId)
    const { mediaId, send } = await createUpload(editor, clip, { renditions: ['THUMBNAIL'] })
    const both = watch(editor, finishedId, mediaId)
    await both.until(({ id }) => id === finishedId)
    await send()
    const events = await both.completion
    expect(events.filter(({ id }) => id === finishedId).length).toBe(1)
    expect(events.at(-1)).toMatchObject({ id: mediaId, status: 'READY' })
  })

  it.for<[string, string[], string]>([
    ['an unknown media', [unknownId('Media')], 'NOT_FOUND'],
    ['the id of another type', [unknownId('Upload')], 'INVALID_INPUT'],
    ['an empty list of ids', [], 'INVALID_INPUT'],
  ])('refuses %s', async ([_name, ids, code], { users: { editor } }) => {
    await expect(watch(editor, ...ids).completion).rejects.toMatchObject({ errors: [{ extensions: { code } }] })
  })

  it('ends without an event when the upload is cancelled', async ({ users: { editor }, clip }) => {
    const { mediaId, uploadId } = await createUpload(editor, clip)
    const subscription = watch(editor, mediaId)
    await editor.send(MediaUploadCancelDocument, { id: uploadId })
    expect(await subscription.completion).toEqual([])
  })

  it('ends without an event when the upload expires', async ({ world, users: { editor }, clip }) => {
    const { mediaId, uploadId } = await createUpload(editor, clip)
    const subscription = watch(editor, mediaId)
    const where = { id: uuidOf(uploadId) }
    await world.runtime.ports.database.upload.update({ where, data: { expiresAt: new Date(0) } })
    await world.runtime.services.uploads.sweep()
    expect(await subscription.completion).toEqual([])
  })

  it('takes no more statements for fifty subscribers than for one', ({ readsOfOne, readsOfFifty }) => {
    expect(readsOfFifty.statements).toBeLessThanOrEqual(readsOfOne.statements + 2 + readsOfFifty.periodicReads)
  })

  it('takes no statements for progress events', ({ readsOfFifty: { statements, periodicReads, events } }) => {
    const percents = percentsOf(events[0] ?? []).size
    expect(percents).toBeGreaterThan(5)
    // Two changes of status, the last read, and the periodic ones: progress events read nothing.
    expect(statements).toBeLessThan(percents + periodicReads)
  })
})
