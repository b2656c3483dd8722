import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
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
import { type MediaFixtures, openFixtures } from '../harness/fixtures.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { findProcesses } from '../harness/processes.ts'
import { createTicket } from '../harness/tickets.ts'
import { followToEnd, openWorld, type Progress, readMedia, type World } from '../harness/world.ts'

let world: World
let fixtures: MediaFixtures
let clip: Buffer
let longClip: Buffer
let ada: Client
let bob: Client
let vera: Client

/** Six seconds of moving pictures: some seconds of work for a WebM. */
const makeLongClip = async (): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-long-'))
  const path = join(folder, 'long.mp4')
  const source = 'testsrc2=size=640x360:rate=24:duration=6'
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  await promisify(execFile)(fixtures.binaries.ffmpegPath, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode])
  const bytes = await readFile(path)
  await rm(folder, { recursive: true })
  return bytes
}

beforeAll(async () => {
  fixtures = await openFixtures()
  world = await openWorld({ worker: true })
  ;({ editor: ada, other: bob, viewer: vera } = await world.users())
  clip = await readFile(await fixtures.pathOf('silent.mp4'))
  longClip = await makeLongClip()
})
afterAll(async () => {
  await world?.close()
  await fixtures?.[Symbol.asyncDispose]()
})

const createUpload = async (client: Client, bytes: Buffer, input: Partial<MediaUploadCreateInput> = {}) => {
  const { target, upload } = await createTicket(client, { fileName: 'clip.mp4', ...input, sizeBytes: bytes.length })
  const send = () => sendBytes(target, bytes, { sizeBytes: bytes.length })
  return { mediaId: upload.mediaId, uploadId: upload.id, send }
}

type Rendition = Progress['renditions'][number]

/** What a follower saw of each rendition, repetitions left out. */
const statesByProfile = (events: Progress[]): Map<string, Rendition[]> =>
  Map.groupBy(
    events.flatMap(({ renditions }) => renditions),
    ({ profile }) => profile,
  )

const changesOf = (states: readonly { status: string }[]): string[] => {
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

/** Follows a media, remembering what was seen. */
const watch = (client: Client, ...ids: string[]) => {
  const events: Progress[] = []
  const run = async () => {
    for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids })) events.push(mediaProgress)
    return events
  }
  const completion = run()
  completion.catch(() => undefined)
  const until = (isMatch: (event: Progress) => boolean) =>
    vi.waitUntil(() => events.find(isMatch), { timeout: 30_000, interval: 10 })
  const rendition = async (status: string, isEnough: (states: Rendition) => boolean = () => true) => {
    const event = await until(({ renditions }) => renditions.some((one) => one.status === status && isEnough(one)))
    const match = event?.renditions.find((one) => one.status === status && isEnough(one))
    if (match === undefined) throw new Error(`none is ${status}`)
    return match
  }
  return { events, ended: completion, until, rendition }
}

const isUnderWay = ({ percent }: Rendition) => percent > 3

describe('mediaProgress', () => {
  it('waits for what an upload will bring, then shows every change of status, and ends', async () => {
    const { mediaId, send } = await createUpload(ada, clip)
    const early = watch(ada, mediaId)
    await send()
    const events = await early.ended
    expectOrdered(events)
    expect(changesOf(events)).toEqual(['PROCESSING', 'READY'])
    expect([...statesByProfile(events).keys()].toSorted()).toEqual(['GIF', 'THUMBNAIL', 'WEBM'])
    for (const states of statesByProfile(events).values())
      expect(changesOf(states)).toEqual(['QUEUED', 'PROCESSING', 'READY'])
    // Late, and again: the present state, then the end.
    for (const _ of [1, 2]) expect(await followToEnd(vera, mediaId)).toEqual([events.at(-1)])
  })

  it('shows percent live, which only grows, to everybody alike', async () => {
    const { mediaId, send } = await createUpload(ada, longClip, { renditions: ['WEBM'] })
    await send()
    const all = await Promise.all([watch(ada, mediaId).ended, watch(bob, mediaId).ended, watch(vera, mediaId).ended])
    for (const events of all) {
      expectOrdered(events)
      expect(events.at(-1)?.renditions).toMatchObject([{ status: 'READY', percent: 100, attempts: 1 }])
      const percents = events.flatMap(({ renditions }) => renditions.map(({ percent }) => percent))
      expect(new Set(percents).size).toBeGreaterThan(4)
    }
  })

  it('follows several at once, and ends with the last', async () => {
    const finishedId = await world.upload(ada, Buffer.from('Already here.'), { fileName: 'notes.txt' })
    await followToEnd(ada, finishedId)
    const { mediaId, send } = await createUpload(ada, clip, { renditions: ['THUMBNAIL'] })
    const both = watch(ada, finishedId, mediaId)
    await both.until(({ id }) => id === finishedId)
    await send()
    const events = await both.ended
    expect(events.filter(({ id }) => id === finishedId).length).toBe(1)
    expect(events.at(-1)).toMatchObject({ id: mediaId, status: 'READY' })
  })

  it('refuses what neither is there nor expected, and says which field is wrong', async () => {
    const follow = (...ids: string[]) => watch(ada, ...ids).ended
    const code = (name: string) => ({ errors: [{ extensions: { code: name } }] })
    await expect(follow(unknownId('Media'))).rejects.toMatchObject(code('NOT_FOUND'))
    await expect(follow(unknownId('Upload'))).rejects.toMatchObject(code('INVALID_INPUT'))
    await expect(follow()).rejects.toMatchObject(code('INVALID_INPUT'))
  })

  it('ends when the upload is cancelled, or expires', async () => {
    const cancelled = await createUpload(ada, clip)
    const first = watch(ada, cancelled.mediaId)
    await ada.send(MediaUploadCancelDocument, { id: cancelled.uploadId })
    expect(await first.ended).toEqual([])
    const expired = await createUpload(ada, clip)
    const second = watch(ada, expired.mediaId)
    const where = { id: uuidOf(expired.uploadId) }
    await world.runtime.ports.database.upload.update({ where, data: { expiresAt: new Date(0) } })
    await world.runtime.services.uploads.sweep()
    expect(await second.ended).toEqual([])
  })

  it('costs no more statements for fifty followers than for one, and none for percent', async () => {
    const run = async (followers: number): Promise<{ statements: number; percents: number }> => {
      const { mediaId, send } = await createUpload(ada, longClip, { renditions: ['WEBM'] })
      const clients = await Promise.all([1, 2, 3, 4, 5].map((each) => world.client('viewer', `Viewer ${each}`)))
      await send()
      const all = Array.from({ length: followers }, (_, index) => watch(clients[index % 5] as Client, mediaId))
      await Promise.all(all.map((one) => one.rendition('PROCESSING')))
      world.statements.length = 0
      const first = await Promise.all(all.map(({ ended: completion }) => completion)).then(([events]) => events ?? [])
      const reads = world.statements.filter((sql) => /^SELECT/.test(sql) && sql.includes('"Media"'))
      const percents = new Set(first.flatMap(({ renditions }) => renditions.map(({ percent }) => percent)))
      return { statements: reads.length, percents: percents.size }
    }
    const one = await run(1)
    const fifty = await run(50)
    expect(fifty.percents).toBeGreaterThan(5)
    expect(fifty.statements).toBeLessThanOrEqual(one.statements + 3)
    // Two changes of status, the last reading, and one reading every four seconds: percent reads nothing.
    expect(fifty.statements).toBeLessThan(fifty.percents + 3)
  })
})

const cancel = async (client: Client, id: string) =>
  (await client.send(RenditionCancelDocument, { id })).renditionCancel
const retry = async (client: Client, id: string) => (await client.send(RenditionRetryDocument, { id })).renditionRetry

describe('renditionCancel and renditionRetry', () => {
  it('climb the ladder: not viewers, not other editors, then the owner', async () => {
    const { mediaId, send } = await createUpload(ada, longClip, { renditions: ['WEBM'] })
    await send()
    const subscription = watch(ada, mediaId)
    const { id } = await subscription.rendition('PROCESSING', isUnderWay)
    expect(await cancel(vera, id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await cancel(bob, id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await retry(vera, id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await retry(ada, id)).toMatchObject({ __typename: 'StateConflictError' })
    expect(await cancel(ada, unknownId('Rendition'))).toMatchObject({
      __typename: 'NotFoundError',
    })

    const cancelledAt = Date.now()
    expect(await cancel(ada, id)).toMatchObject({ __typename: 'Rendition', status: 'CANCELLED' })
    const folder = world.runtime.config.dataDir
    await vi.waitFor(async () => expect(await findProcesses(folder)).toEqual([]), { timeout: 2000, interval: 20 })
    process.stdout.write(`  ffmpeg was gone ${Date.now() - cancelledAt} ms after the cancel\n`)
    expect((await subscription.ended).at(-1)?.renditions).toMatchObject([{ status: 'CANCELLED' }])
    // It is final: nobody takes it up again by himself.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect((await readMedia(ada, mediaId)).renditions).toMatchObject([{ status: 'CANCELLED', attempts: 1 }])
    expect(await cancel(ada, id)).toMatchObject({ __typename: 'StateConflictError' })

    expect(await retry(ada, id)).toMatchObject({ __typename: 'Rendition', status: 'QUEUED', attempts: 1 })
    const again = await watch(ada, mediaId).ended
    expect(again.at(-1)?.renditions).toMatchObject([{ status: 'READY', attempts: 2 }])
    expect(await cancel(ada, id)).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('work at once after each other: the old attempt changes nothing any more', async () => {
    const { mediaId, send } = await createUpload(ada, longClip, { renditions: ['WEBM'] })
    await send()
    const { id } = await watch(ada, mediaId).rendition('PROCESSING', isUnderWay)
    await cancel(ada, id)
    await retry(ada, id)
    const events = await watch(ada, mediaId).ended
    expect(changesOf(events.flatMap(({ renditions }) => renditions)).at(-1)).toBe('READY')
    expect((await readMedia(ada, mediaId)).renditions).toMatchObject([{ status: 'READY', attempts: 2, failure: null }])
  })
})

describe('mediaRetry and mediaConvert', () => {
  it('examine a failed media again, for those who may', async () => {
    const mediaId = await world.upload(ada, Buffer.from('This is no film at all.'), { fileName: 'film.mp4' })
    expect((await followToEnd(ada, mediaId)).at(-1)).toMatchObject({ status: 'FAILED', failure: { code: 'NOT_MEDIA' } })
    const again = async (client: Client) => (await client.send(MediaRetryDocument, { id: mediaId })).mediaRetry
    expect(await again(vera)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await again(bob)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await again(ada)).toMatchObject({ __typename: 'Media' })
    const events = await followToEnd(ada, mediaId)
    expect(events.at(-1)).toMatchObject({ status: 'FAILED', failure: { code: 'NOT_MEDIA' } })
    const { history } = await readMedia(ada, mediaId)
    const actions = history.nodes.map(({ action }) => action)
    expect(actions).toEqual(['media.failed', 'media.retried', 'media.failed', 'media.uploaded', 'upload.created'])
  })

  it('make what was left out, while a follower looks on', async () => {
    const { mediaId, send } = await createUpload(ada, clip, { renditions: ['THUMBNAIL'] })
    await send()
    await followToEnd(ada, mediaId)
    const convert = async (client: Client) =>
      (await client.send(MediaConvertDocument, { input: { mediaId, profiles: ['THUMBNAIL', 'GIF'] } })).mediaConvert
    expect(await convert(vera)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await convert(bob)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await convert(ada)).toMatchObject({ __typename: 'Media' })
    const events = await followToEnd(ada, mediaId)
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
    expect((await readMedia(ada, mediaId)).renditions.find(({ profile }) => profile === 'THUMBNAIL')?.attempts).toBe(1)
  })
})
