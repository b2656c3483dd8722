import { describe, expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaConvertDocument,
  MediaRetryDocument,
  RenditionCancelDocument,
  RenditionRetryDocument,
} from '../../../client/generated/documents.ts'
import { unknownId } from '../../harness/ids.ts'
import { findProcesses } from '../../harness/processes.ts'
import { followToEnd, type Progress, readMedia } from '../../harness/world.ts'
import { it as base, createUpload } from '../live/clipIt.ts'
import { distinctStatuses, expectOrdered, watch } from '../live/watch.ts'

const hasProgress = ({ percent }: Progress['renditions'][number]) => percent > 3

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

const it = base
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
