import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, sendBytes } from '../../../client/client.ts'
import { MediaRetryDocument, type MediaUploadCreateInput, UploadDocument } from '../../../client/generated/documents.ts'
import { actionsOf } from '../../harness/actions.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { activate, createUpload, currentNumberDocument, fetchBody, readVersions, sha256Of } from './calls.ts'
import { completeExamination, failExamination } from './examinations.ts'
import { expectations, type Model, type Step, step } from './model.ts'

/** Nobody examines here but the tests themselves: every order of events can be had. */
let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

let counter = 0
const createBytes = (): Buffer => Buffer.from(`The text number ${++counter}.`)

/** A media of Ada's whose first version is READY. */
const createPublishedMedia = async (bytes = createBytes()): Promise<string> => {
  const mediaId = await world.upload(editor, bytes, { fileName: 'first.txt', title: 'Lesson' })
  await completeExamination(world, mediaId, 1)
  return mediaId
}

const replace = (mediaId: string, bytes = createBytes(), input: Partial<MediaUploadCreateInput> = {}) =>
  world.upload(editor, bytes, { fileName: 'next.txt', ...input, replaces: mediaId })

describe('mediaUploadCreate with replaces', () => {
  it('climbs the ladder', async () => {
    const mediaId = await createPublishedMedia()
    expect((await createUpload(viewer, { replaces: mediaId })).__typename).toBe('ForbiddenError')
    expect((await createUpload(other, { replaces: mediaId })).__typename).toBe('ForbiddenError')
    expect((await createUpload(editor, { replaces: unknownId('Media') })).__typename).toBe('NotFoundError')
    expect(await createUpload(editor, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
    expect(await createUpload(admin, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
    await trashMedia(world, mediaId)
    expect((await createUpload(editor, { replaces: mediaId })).__typename).toBe('NotFoundError')
  })

  it.each([
    ['a malformed id', { replaces: 'nonsense' }, ['replaces']],
    ['no id at all', { replaces: '' }, ['replaces']],
    ['the id of a version', { replaces: unknownId('MediaVersion') }, ['replaces']],
    ['staging without replacing', { stage: true }, ['stage']],
    [
      "the media's own fields",
      { replaces: unknownId('Media'), title: 'New', externalId: 'x' },
      ['externalId', 'title'],
    ],
  ])('refuses %s', async (_name, input, fields) => {
    const result = await createUpload(editor, input)
    expect(result).toMatchObject({ __typename: 'InvalidInputError', fields: fields.map((path) => ({ path })) })
  })

  it('recognises the present bytes before they travel', async () => {
    const bytes = createBytes()
    const mediaId = await createPublishedMedia(bytes)
    const result = await createUpload(editor, { replaces: mediaId, sha256: sha256Of(bytes), sizeBytes: bytes.length })
    expect(result).toMatchObject({ __typename: 'DuplicateMediaError', existing: { id: mediaId } })
  })

  it('fails the upload where the media is trashed while the bytes travel', async () => {
    const mediaId = await createPublishedMedia()
    const ticket = await createTicket(editor, { replaces: mediaId })
    const { database } = world.runtime.ports
    await trashMedia(world, mediaId)
    await sendBytes(ticket.target, Buffer.from('bytes'), { sizeBytes: 5 })
    const { upload } = await editor.send(UploadDocument, { id: ticket.upload.id })
    expect(upload).toMatchObject({ status: 'FAILED', failure: { code: 'REPLACED_MEDIA_GONE' } })
    expect(await database.mediaVersion.count({ where: { mediaId: uuidOf(mediaId) } })).toBe(1)
  })
})

describe('a replacement', () => {
  it('changes nothing until its bytes were found usable, then everything at once', async () => {
    const [old, next] = [createBytes(), createBytes()]
    const mediaId = await createPublishedMedia(old)
    const before = await readVersions(viewer, mediaId)
    await replace(mediaId, next)
    const meanwhile = await readVersions(viewer, mediaId)
    expect({ ...meanwhile, versions: null }).toEqual({ ...before, versions: null })
    expect(meanwhile.versions.nodes.map(({ number, status, isCurrent }) => [number, status, isCurrent])).toEqual([
      [2, 'PROCESSING', false],
      [1, 'READY', true],
    ])
    await completeExamination(world, mediaId, 2)
    const after = await readVersions(viewer, mediaId)
    expect(after).toMatchObject({
      title: 'Lesson',
      status: 'READY',
      sha256: sha256Of(next),
      sizeBytes: next.length,
      originalFileName: 'next.txt',
      currentVersion: { number: 2, renditions: [] },
    })
    expect(after.url).not.toBe(before.url)
    expect(await fetchBody(after.url)).toBe(next.toString())
    expect(await fetchBody(before.url)).toBe(old.toString())
    const actions = await actionsOf(world, mediaId)
    expect(actions.slice(actions.indexOf('version.uploaded'))).toEqual([
      'version.uploaded',
      'media.processed',
      'media.replaced',
    ])
  })

  it('that failed leaves the media alone, and can be tried again', async () => {
    const mediaId = await createPublishedMedia()
    const before = await readVersions(viewer, mediaId)
    await replace(mediaId)
    await failExamination(world, mediaId, 2)
    const after = await readVersions(viewer, mediaId)
    expect({ ...after, versions: null }).toEqual({ ...before, versions: null })
    expect(after.versions.nodes[0]).toMatchObject({ number: 2, status: 'FAILED', failure: { code: 'TRUNCATED' } })
    const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
    expect(mediaRetry).toMatchObject({ __typename: 'Media', status: 'READY' })
    expect((await readVersions(viewer, mediaId)).versions.nodes[0]).toMatchObject({
      number: 2,
      status: 'PROCESSING',
      failure: null,
    })
    await completeExamination(world, mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(2)
  })

  it('of another kind fails in words, staged or not', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId)
    await completeExamination(world, mediaId, 2, 'VIDEO')
    await replace(mediaId, createBytes(), { stage: true })
    await completeExamination(world, mediaId, 3, 'VIDEO')
    const after = await readVersions(viewer, mediaId)
    expect(after).toMatchObject({ kind: 'DOCUMENT', status: 'READY', currentVersion: { number: 1 } })
    for (const version of after.versions.nodes.slice(0, 2))
      expect(version).toMatchObject({ status: 'FAILED', kind: 'VIDEO', failure: { code: 'KIND_MISMATCH' } })
    expect(after.versions.nodes[0]?.failure?.message).toContain('VIDEO')
  })

  it('of a media that was never usable may be of any kind', async () => {
    const mediaId = await world.upload(editor, createBytes(), { fileName: 'broken.txt' })
    await failExamination(world, mediaId, 1)
    await replace(mediaId)
    await completeExamination(world, mediaId, 2, 'VIDEO')
    expect(await readVersions(viewer, mediaId)).toMatchObject({
      kind: 'VIDEO',
      status: 'READY',
      currentVersion: { number: 2 },
    })
  })

  it('that is staged waits until it is activated', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId, createBytes(), { stage: true })
    expect((await activate(editor, mediaId, 2)).__typename).toBe('StateConflictError')
    await completeExamination(world, mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
    expect(await activate(editor, mediaId, 2)).toMatchObject({ __typename: 'Media', currentVersion: { number: 2 } })
  })

  it('that is overtaken stays behind, also where somebody has gone back since', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId)
    await replace(mediaId)
    await completeExamination(world, mediaId, 3)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(3)
    await activate(editor, mediaId, 1)
    await completeExamination(world, mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
    await replace(mediaId)
    await completeExamination(world, mediaId, 4)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(4)
  })

  it('that races others loses to the newest, and numbers have no holes', async () => {
    const mediaId = await createPublishedMedia()
    await Promise.all(Array.from({ length: 5 }, () => replace(mediaId)))
    await Promise.all([2, 3, 4, 5, 6].map((number) => completeExamination(world, mediaId, number)))
    const { versions, currentVersion, sha256 } = await readVersions(viewer, mediaId)
    expect(versions.nodes.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
    expect(currentVersion).toMatchObject({ number: 6, sha256 })
  })
})

describe('mediaVersionActivate', () => {
  it('climbs the ladder', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId)
    await completeExamination(world, mediaId, 2)
    expect((await activate(viewer, mediaId, 1)).__typename).toBe('ForbiddenError')
    expect((await activate(other, mediaId, 1)).__typename).toBe('ForbiddenError')
    expect((await activate(editor, unknownId('Media'), 1)).__typename).toBe('NotFoundError')
    expect((await activate(editor, 'Media:1', 1)).__typename).toBe('InvalidInputError')
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect((await activate(admin, mediaId, 2)).__typename).toBe('Media')
    // Doing it again was no event.
    expect((await actionsOf(world, mediaId)).filter((action) => action === 'media.activated')).toHaveLength(2)
  })

  it.each([0, -1, 3, 2 ** 31 - 1])('finds no version %i', async (number) => {
    const mediaId = await createPublishedMedia()
    expect((await activate(editor, mediaId, number)).__typename).toBe('NotFoundError')
  })

  it('refuses what failed, and what somebody has trashed', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId)
    await failExamination(world, mediaId, 2)
    const result = await activate(editor, mediaId, 2)
    expect(result).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('end is missing'),
    })
    await trashMedia(world, mediaId)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('NotFoundError')
  })

  it('is seen by followers, who also wait for a replacement on its way', async () => {
    const mediaId = await createPublishedMedia()
    await replace(mediaId, createBytes(), { stage: true })
    await completeExamination(world, mediaId, 2)
    const ticket = await createTicket(editor, { replaces: mediaId })
    const events = viewer.follow(currentNumberDocument, { ids: [mediaId] })
    const next = async () => (await events.next()).value?.mediaProgress
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 1 } })
    await activate(editor, mediaId, 2)
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await sendBytes(ticket.target, Buffer.from('bytes'), { sizeBytes: 5 })
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await completeExamination(world, mediaId, 3)
    const seenNumbers: number[] = []
    for await (const { mediaProgress } of events) {
      expect(mediaProgress.status).toBe('READY')
      seenNumbers.push(mediaProgress.currentVersion.number)
    }
    expect(seenNumbers.at(-1)).toBe(3)
  })
})

describe('replacing and going back, in any order', () => {
  const apply = async (mediaId: string, model: Model, next: Step): Promise<void> => {
    if (next.type === 'replace') {
      const bytes = createBytes()
      model.versions.push({ text: bytes.toString(), staged: next.stage, status: 'PROCESSING' })
      await replace(mediaId, bytes, { stage: next.stage })
    } else if (next.type === 'activate') {
      const expected = expectations.activate(model, next.number)
      expect((await activate(editor, mediaId, next.number)).__typename).toBe(expected)
    } else if (next.type === 'retry') {
      const expected = expectations.retry(model)
      const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
      expect(mediaRetry.__typename).toBe(expected)
    } else if (next.number <= model.versions.length) {
      expectations[next.type](model, next.number)
      await (next.type === 'pass' ? completeExamination : failExamination)(world, mediaId, next.number)
    }
  }

  it('has numbers without holes and exactly one current version, and every URL goes on opening its own bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 16 }), async (steps) => {
        const bytes = createBytes()
        const mediaId = await createPublishedMedia(bytes)
        const model: Model = { current: 1, versions: [{ text: bytes.toString(), staged: false, status: 'READY' }] }
        const urls = new Map<string, string>()
        for (const next of steps) {
          await apply(mediaId, model, next)
          const media = await readVersions(viewer, mediaId)
          const versions = media.versions.nodes.toReversed()
          expect(versions.map(({ number, status }) => [number, status])).toEqual(
            model.versions.map(({ status }, index) => [index + 1, status]),
          )
          expect(versions.filter(({ isCurrent }) => isCurrent).map(({ number }) => number)).toEqual([model.current])
          const currentText = model.versions[model.current - 1]?.text ?? ''
          expect(media).toMatchObject({ status: 'READY', sha256: sha256Of(currentText), sizeBytes: currentText.length })
          urls.set(media.url, currentText)
          versions.forEach(({ url }, index) => void urls.set(url, model.versions[index]?.text ?? ''))
        }
        for (const [url, text] of urls) expect(await fetchBody(url)).toBe(text)
      }),
      { numRuns: 25 },
    )
  })
})
