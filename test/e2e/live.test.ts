import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, vi } from 'vitest'
import { type Client, sendBytes } from '../../client/client.ts'
import {
  MediaConvertDocument,
  MediaProgressDocument,
  MediaRetryDocument,
  MediaUploadCancelDocument,
  type MediaUploadCreateInput,
  RenditionCancelDocument,
  RenditionRetryDocument,
} from '../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { itWithWorker } from '../harness/it.ts'
import { findProcesses } from '../harness/processes.ts'
import { createTicket } from '../harness/tickets.ts'
import { followToEnd, type Progress, readMedia, type World } from '../harness/world.ts'

/** Creates a video of six seconds, whose conversion to WebM takes some seconds. */
const makeLongClip = async (ffmpegPath: string): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-long-'))
  const path = join(folder, 'long.mp4')
  const source = 'testsrc2=size=640x360:rate=24:duration=6'
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode])
  const bytes = await readFile(path)
  await rm(folder, { recursive: true })
  return bytes
}

const createUpload = async (client: Client, bytes: Buffer, input: Partial<MediaUploadCreateInput> = {}) => {
  const { target, upload } = await createTicket(client, { fileName: 'clip.mp4', ...input, sizeBytes: bytes.length })
  const send = () => sendBytes(target, bytes, { sizeBytes: bytes.length })
  return { mediaId: upload.mediaId, uploadId: upload.id, send }
}

type Rendition = Progress['renditions'][number]

/** States of each rendition in the order of the events. */
const statesByProfile = (events: Progress[]): Map<string, Rendition[]> =>
  Map.groupBy(
    events.flatMap(({ renditions }) => renditions),
    ({ profile }) => profile,
  )

const distinctStatuses = (states: readonly { status: string }[]): string[] => {
  const statuses = states.map(({ status }) => status)
  return statuses.filter((status, index) => status !== statuses[index - 1])
}

const expectOrdered = (events: Progress[]): void => {
  for (const states of statesByProfile(events).values())
    for (const [index, { attempts, percent }] of states.entries()) {
      const previous = states[index - 1]
      if (previous === undefined) continue
      expect(attempts).toBeGreaterThanOrEqual(previous.attempts)
      if (attempts === previous.attempts) expect(percent).toBeGreaterThanOrEqual(previous.percent)
    }
}

/** Subscribes to media and collects the events. */
const watch = (client: Client, ...ids: string[]) => {
  const events: Progress[] = []
  const run = async () => {
    for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids })) events.push(mediaProgress)
    return events
  }
  const completion = run()
  completion.catch(() => undefined) // tests await it
  const until = (isMatch: (event: Progress) => boolean) =>
    vi.waitUntil(() => events.find(isMatch), { timeout: 30_000, interval: 10 })
  const rendition = async (status: string, predicate: (rendition: Rendition) => boolean = () => true) => {
    const isMatch = (each: Rendition) => each.status === status && predicate(each)
    const event = await until(({ renditions }) => renditions.some(isMatch))
    const match = event?.renditions.find(isMatch)
    if (match === undefined) throw new Error(`no rendition is ${status}`)
    return match
  }
  return { events, completion, until, rendition }
}

const hasProgress = ({ percent }: Rendition) => percent > 3

const cancel = async (client: Client, id: string) =>
  (await client.send(RenditionCancelDocument, { id })).renditionCancel
const retry = async (client: Client, id: string) => (await client.send(RenditionRetryDocument, { id })).renditionRetry

/** Uploads a video and waits until its conversion has made some progress. */
const startConversion = async (editor: Client, longClip: Buffer) => {
  const { mediaId, send } = await createUpload(editor, longClip, { renditions: ['WEBM'] })
  await send()
  const subscription = watch(editor, mediaId)
  const { id } = await subscription.rendition('PROCESSING', hasProgress)
  return { mediaId, id, subscription }
}

/** Converts a video with subscribers; returns the number of reads of the media, and of the percentages delivered. */
const measureReads = async (world: World, editor: Client, longClip: Buffer, subscriberCount: number) => {
  const { mediaId, send } = await createUpload(editor, longClip, { renditions: ['WEBM'] })
  const clients = await Promise.all([1, 2, 3, 4, 5].map((each) => world.client('viewer', `Viewer ${each}`)))
  await send()
  const subscriptions = Array.from({ length: subscriberCount }, (_, index) =>
    watch(clients[index % 5] as Client, mediaId),
  )
  await Promise.all(subscriptions.map(({ rendition }) => rendition('PROCESSING')))
  world.statements.length = 0
  const [events = []] = await Promise.all(subscriptions.map(({ completion }) => completion))
  const reads = world.statements.filter((sql) => /^SELECT/.test(sql) && sql.includes('"Media"'))
  const percents = new Set(events.flatMap(({ renditions }) => renditions.map(({ percent }) => percent)))
  return { statements: reads.length, percents: percents.size }
}

const it = itWithWorker
  .extend('clip', { scope: 'file' }, async ({ files }) => readFile(await files.pathOf('silent.mp4')))
  .extend('longClip', { scope: 'file' }, ({ files }) => makeLongClip(files.binaries.ffmpegPath))
  .extend('readCosts', { scope: 'file' }, async ({ world, longClip, users: { editor } }) => ({
    one: await measureReads(world, editor, longClip, 1),
    fifty: await measureReads(world, editor, longClip, 50),
  }))
  .extend('conversion', { scope: 'file' }, ({ longClip, users: { editor } }) => startConversion(editor, longClip))
  .extend('cancelled', { scope: 'file' }, async ({ longClip, users: { editor } }) => {
    const conversion = await startConversion(editor, longClip)
    await cancel(editor, conversion.id)
    await conversion.subscription.completion
    return conversion
  })
  .extend('failedMediaId', { scope: 'file' }, async ({ world, users: { editor } }) => {
    const mediaId = await world.upload(editor, Buffer.from('This is no film at all.'), { fileName: 'film.mp4' })
    const final = (await followToEnd(editor, mediaId)).at(-1)
    expect(final).toMatchObject({ status: 'FAILED', failure: { code: 'NOT_MEDIA' } })
    return mediaId
  })
  .extend('convertedMediaId', { scope: 'file' }, async ({ clip, users: { editor } }) => {
    const { mediaId, send } = await createUpload(editor, clip, { renditions: ['THUMBNAIL'] })
    await send()
    await followToEnd(editor, mediaId)
    return mediaId
  })

describe('mediaProgress', () => {
  /** Uploads a clip; returns all events of a subscription that began before the upload. */
  const uploadAndWatch = async (editor: Client, clip: Buffer) => {
    const { mediaId, send } = await createUpload(editor, clip)
    const subscription = watch(editor, mediaId)
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

  it('shows increasing progress to all users', async ({ users: { editor, viewer, otherEditor: other }, longClip }) => {
    const { mediaId, send } = await createUpload(editor, longClip, { renditions: ['WEBM'] })
    await send()
    const all = await Promise.all([editor, other, viewer].map((client) => watch(client, mediaId).completion))
    for (const events of all) {
      expectOrdered(events)
      expect(events.at(-1)?.renditions).toMatchObject([{ status: 'READY', percent: 100, attempts: 1 }])
      const percents = events.flatMap(({ renditions }) => renditions.map(({ percent }) => percent))
      expect(new Set(percents).size).toBeGreaterThan(4)
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

  it('takes no more statements for fifty subscribers than for one', ({ readCosts: { one, fifty } }) => {
    expect(fifty.statements).toBeLessThanOrEqual(one.statements + 3)
  })

  it('takes no statements for progress events', ({ readCosts: { fifty } }) => {
    expect(fifty.percents).toBeGreaterThan(5)
    // Two changes of status, the last read, and one read every four seconds: progress events read nothing.
    expect(fifty.statements).toBeLessThan(fifty.percents + 3)
  })
})

describe('while a rendition is being converted', () => {
  it('renditionCancel refuses viewers', async ({ users: { viewer }, conversion }) => {
    expect(await cancel(viewer, conversion.id)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('renditionCancel refuses other editors', async ({ users: { otherEditor: other }, conversion }) => {
    expect(await cancel(other, conversion.id)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('renditionRetry refuses viewers', async ({ users: { viewer }, conversion }) => {
    expect(await retry(viewer, conversion.id)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('renditionRetry refuses the owner', async ({ users: { editor }, conversion }) => {
    expect(await retry(editor, conversion.id)).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('renditionCancel by the owner stops ffmpeg within 2 s', async ({ world, users: { editor }, conversion }) => {
    const cancelledAt = Date.now()
    expect(await cancel(editor, conversion.id)).toMatchObject({ __typename: 'Rendition', status: 'CANCELLED' })
    const folder = world.runtime.config.dataDir
    await vi.waitFor(async () => expect(await findProcesses(folder)).toEqual([]), { timeout: 2000, interval: 20 })
    process.stdout.write(`  ffmpeg stopped ${Date.now() - cancelledAt} ms after the cancel\n`)
    expect((await conversion.subscription.completion).at(-1)?.renditions).toMatchObject([{ status: 'CANCELLED' }])
  })
})

describe('after renditionCancel', () => {
  it('the rendition is not started again automatically', async ({ users: { editor }, cancelled }) => {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect((await readMedia(editor, cancelled.mediaId)).renditions).toMatchObject([
      { status: 'CANCELLED', attempts: 1 },
    ])
  })

  it('renditionCancel refuses the cancelled rendition', async ({ users: { editor }, cancelled }) => {
    expect(await cancel(editor, cancelled.id)).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('renditionRetry completes the rendition with a second attempt', async ({ users: { editor }, cancelled }) => {
    const { id, mediaId } = cancelled
    expect(await retry(editor, id)).toMatchObject({ __typename: 'Rendition', status: 'QUEUED', attempts: 1 })
    const events = await watch(editor, mediaId).completion
    expect(events.at(-1)?.renditions).toMatchObject([{ status: 'READY', attempts: 2 }])
  })
})

describe('renditionCancel', () => {
  it('refuses an unknown rendition', async ({ users: { editor } }) => {
    expect(await cancel(editor, unknownId('Rendition'))).toMatchObject({ __typename: 'NotFoundError' })
  })

  it('refuses a completed rendition', async ({ users: { editor }, clip }) => {
    const { mediaId, send } = await createUpload(editor, clip, { renditions: ['THUMBNAIL'] })
    await send()
    await followToEnd(editor, mediaId)
    const [rendition] = (await readMedia(editor, mediaId)).renditions
    expect(rendition).toMatchObject({ status: 'READY' })
    expect(await cancel(editor, rendition?.id ?? '')).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('keeps the cancelled attempt from changing the attempt of an immediate renditionRetry', async ({
    users: { editor },
    longClip,
  }) => {
    const { mediaId, id } = await startConversion(editor, longClip)
    await cancel(editor, id)
    await retry(editor, id)
    const events = await watch(editor, mediaId).completion
    expect(distinctStatuses(events.flatMap(({ renditions }) => renditions)).at(-1)).toBe('READY')
    expect((await readMedia(editor, mediaId)).renditions).toMatchObject([
      { status: 'READY', attempts: 2, failure: null },
    ])
  })
})

describe('mediaRetry of a failed media', () => {
  const retryMedia = async (client: Client, id: string) => (await client.send(MediaRetryDocument, { id })).mediaRetry

  it('refuses viewers', async ({ users: { viewer }, failedMediaId }) => {
    expect(await retryMedia(viewer, failedMediaId)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('refuses other editors', async ({ users: { otherEditor: other }, failedMediaId }) => {
    expect(await retryMedia(other, failedMediaId)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('examines the media again', async ({ users: { editor }, failedMediaId }) => {
    expect(await retryMedia(editor, failedMediaId)).toMatchObject({ __typename: 'Media' })
    const events = await followToEnd(editor, failedMediaId)
    expect(events.at(-1)).toMatchObject({ status: 'FAILED', failure: { code: 'NOT_MEDIA' } })
    const { history } = await readMedia(editor, failedMediaId)
    const actions = history.nodes.map(({ action }) => action)
    expect(actions).toEqual(['media.failed', 'media.retried', 'media.failed', 'media.uploaded', 'upload.created'])
  })
})

describe('mediaConvert', () => {
  const convert = async (client: Client, mediaId: string) =>
    (await client.send(MediaConvertDocument, { input: { mediaId, profiles: ['THUMBNAIL', 'GIF'] } })).mediaConvert

  it('refuses viewers', async ({ users: { viewer }, convertedMediaId }) => {
    expect(await convert(viewer, convertedMediaId)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('refuses other editors', async ({ users: { otherEditor: other }, convertedMediaId }) => {
    expect(await convert(other, convertedMediaId)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('produces only the missing renditions', async ({ users: { editor }, convertedMediaId }) => {
    expect(await convert(editor, convertedMediaId)).toMatchObject({ __typename: 'Media' })
    const events = await followToEnd(editor, convertedMediaId)
    expectOrdered(events)
    expect(
      events
        .at(-1)
        ?.renditions.map(({ profile, status }) => [profile, status])
        .toSorted(),
    ).toEqual([
      ['GIF', 'READY'],
      ['THUMBNAIL', 'READY'],
    ])
    expect(
      (await readMedia(editor, convertedMediaId)).renditions.find(({ profile }) => profile === 'THUMBNAIL')?.attempts,
    ).toBe(1)
  })
})
