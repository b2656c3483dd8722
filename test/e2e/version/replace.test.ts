import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, sendBytes } from '../../../client/client.ts'
import { MediaRetryDocument, type MediaUploadCreateInput, UploadDocument } from '../../../client/generated/documents.ts'
import { actionsOf } from '../../harness/actions.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import { ticketOf } from '../../harness/tickets.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { activate, bodyOf, create, currentNumber, read, sha256Of } from './calls.ts'
import { pass, reject } from './examining.ts'
import { expectations, type Model, type Step, step } from './model.ts'

/** Nobody examines here but the tests themselves: every order of events can be had. */
let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other, admin } = await world.cast())
})
afterAll(() => world?.close())

let counter = 0
const fresh = (): Buffer => Buffer.from(`The text number ${++counter}.`)

/** A media of Ada's whose first version is READY. */
const published = async (bytes = fresh()): Promise<string> => {
  const mediaId = await world.upload(editor, bytes, { fileName: 'first.txt', title: 'Lesson' })
  await pass(world, mediaId, 1)
  return mediaId
}

const replace = (mediaId: string, bytes = fresh(), input: Partial<MediaUploadCreateInput> = {}) =>
  world.upload(editor, bytes, { fileName: 'next.txt', ...input, replaces: mediaId })

describe('mediaUploadCreate with replaces', () => {
  it('climbs the ladder', async () => {
    const mediaId = await published()
    expect((await create(viewer, { replaces: mediaId })).__typename).toBe('ForbiddenError')
    expect((await create(other, { replaces: mediaId })).__typename).toBe('ForbiddenError')
    expect((await create(editor, { replaces: unknownId('Media') })).__typename).toBe('NotFoundError')
    expect(await create(editor, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
    expect(await create(admin, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
    await trashMedia(world, mediaId)
    expect((await create(editor, { replaces: mediaId })).__typename).toBe('NotFoundError')
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
    const refused = await create(editor, input)
    expect(refused).toMatchObject({ __typename: 'InvalidInputError', fields: fields.map((path) => ({ path })) })
  })

  it('recognises the present bytes before they travel', async () => {
    const bytes = fresh()
    const mediaId = await published(bytes)
    const refused = await create(editor, { replaces: mediaId, sha256: sha256Of(bytes), sizeBytes: bytes.length })
    expect(refused).toMatchObject({ __typename: 'DuplicateMediaError', existing: { id: mediaId } })
  })

  it('fails the upload where the media is trashed while the bytes travel', async () => {
    const mediaId = await published()
    const ticket = await ticketOf(editor, { replaces: mediaId })
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
    const [old, next] = [fresh(), fresh()]
    const mediaId = await published(old)
    const before = await read(viewer, mediaId)
    await replace(mediaId, next)
    const meanwhile = await read(viewer, mediaId)
    expect({ ...meanwhile, versions: null }).toEqual({ ...before, versions: null })
    expect(meanwhile.versions.nodes.map(({ number, status, isCurrent }) => [number, status, isCurrent])).toEqual([
      [2, 'PROCESSING', false],
      [1, 'READY', true],
    ])
    await pass(world, mediaId, 2)
    const after = await read(viewer, mediaId)
    expect(after).toMatchObject({
      title: 'Lesson',
      status: 'READY',
      sha256: sha256Of(next),
      sizeBytes: next.length,
      originalFileName: 'next.txt',
      currentVersion: { number: 2, renditions: [] },
    })
    expect(after.url).not.toBe(before.url)
    expect(await bodyOf(after.url)).toBe(next.toString())
    expect(await bodyOf(before.url)).toBe(old.toString())
    const actions = await actionsOf(world, mediaId)
    expect(actions.slice(actions.indexOf('version.uploaded'))).toEqual([
      'version.uploaded',
      'media.processed',
      'media.replaced',
    ])
  })

  it('that failed leaves the media alone, and can be tried again', async () => {
    const mediaId = await published()
    const before = await read(viewer, mediaId)
    await replace(mediaId)
    await reject(world, mediaId, 2)
    const after = await read(viewer, mediaId)
    expect({ ...after, versions: null }).toEqual({ ...before, versions: null })
    expect(after.versions.nodes[0]).toMatchObject({ number: 2, status: 'FAILED', failure: { code: 'TRUNCATED' } })
    const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
    expect(mediaRetry).toMatchObject({ __typename: 'Media', status: 'READY' })
    expect((await read(viewer, mediaId)).versions.nodes[0]).toMatchObject({
      number: 2,
      status: 'PROCESSING',
      failure: null,
    })
    await pass(world, mediaId, 2)
    expect((await read(viewer, mediaId)).currentVersion.number).toBe(2)
  })

  it('of another kind fails in words, staged or not', async () => {
    const mediaId = await published()
    await replace(mediaId)
    await pass(world, mediaId, 2, 'VIDEO')
    await replace(mediaId, fresh(), { stage: true })
    await pass(world, mediaId, 3, 'VIDEO')
    const after = await read(viewer, mediaId)
    expect(after).toMatchObject({ kind: 'DOCUMENT', status: 'READY', currentVersion: { number: 1 } })
    for (const version of after.versions.nodes.slice(0, 2))
      expect(version).toMatchObject({ status: 'FAILED', kind: 'VIDEO', failure: { code: 'KIND_MISMATCH' } })
    expect(after.versions.nodes[0]?.failure?.message).toContain('VIDEO')
  })

  it('of a media that was never usable may be of any kind', async () => {
    const mediaId = await world.upload(editor, fresh(), { fileName: 'broken.txt' })
    await reject(world, mediaId, 1)
    await replace(mediaId)
    await pass(world, mediaId, 2, 'VIDEO')
    expect(await read(viewer, mediaId)).toMatchObject({ kind: 'VIDEO', status: 'READY', currentVersion: { number: 2 } })
  })

  it('that is staged waits until it is activated', async () => {
    const mediaId = await published()
    await replace(mediaId, fresh(), { stage: true })
    expect((await activate(editor, mediaId, 2)).__typename).toBe('StateConflictError')
    await pass(world, mediaId, 2)
    expect((await read(viewer, mediaId)).currentVersion.number).toBe(1)
    expect(await activate(editor, mediaId, 2)).toMatchObject({ __typename: 'Media', currentVersion: { number: 2 } })
  })

  it('that is overtaken stays behind, also where somebody has gone back since', async () => {
    const mediaId = await published()
    await replace(mediaId)
    await replace(mediaId)
    await pass(world, mediaId, 3)
    expect((await read(viewer, mediaId)).currentVersion.number).toBe(3)
    await activate(editor, mediaId, 1)
    await pass(world, mediaId, 2)
    expect((await read(viewer, mediaId)).currentVersion.number).toBe(1)
    await replace(mediaId)
    await pass(world, mediaId, 4)
    expect((await read(viewer, mediaId)).currentVersion.number).toBe(4)
  })

  it('that races others loses to the newest, and numbers have no holes', async () => {
    const mediaId = await published()
    await Promise.all(Array.from({ length: 5 }, () => replace(mediaId)))
    await Promise.all([2, 3, 4, 5, 6].map((number) => pass(world, mediaId, number)))
    const { versions, currentVersion, sha256 } = await read(viewer, mediaId)
    expect(versions.nodes.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
    expect(currentVersion).toMatchObject({ number: 6, sha256 })
  })
})

describe('mediaVersionActivate', () => {
  it('climbs the ladder', async () => {
    const mediaId = await published()
    await replace(mediaId)
    await pass(world, mediaId, 2)
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
    const mediaId = await published()
    expect((await activate(editor, mediaId, number)).__typename).toBe('NotFoundError')
  })

  it('refuses what failed, and what somebody has trashed', async () => {
    const mediaId = await published()
    await replace(mediaId)
    await reject(world, mediaId, 2)
    const refused = await activate(editor, mediaId, 2)
    expect(refused).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('end is missing'),
    })
    await trashMedia(world, mediaId)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('NotFoundError')
  })

  it('is seen by followers, who also wait for a replacement on its way', async () => {
    const mediaId = await published()
    await replace(mediaId, fresh(), { stage: true })
    await pass(world, mediaId, 2)
    const ticket = await ticketOf(editor, { replaces: mediaId })
    const events = viewer.follow(currentNumber, { ids: [mediaId] })
    const next = async () => (await events.next()).value?.mediaProgress
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 1 } })
    await activate(editor, mediaId, 2)
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await sendBytes(ticket.target, Buffer.from('bytes'), { sizeBytes: 5 })
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await pass(world, mediaId, 3)
    const seen: number[] = []
    for await (const { mediaProgress } of events) {
      expect(mediaProgress.status).toBe('READY')
      seen.push(mediaProgress.currentVersion.number)
    }
    expect(seen.at(-1)).toBe(3)
  })
})

describe('replacing and going back, in any order', () => {
  const apply = async (mediaId: string, model: Model, next: Step): Promise<void> => {
    if (next.type === 'replace') {
      const bytes = fresh()
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
      await (next.type === 'pass' ? pass : reject)(world, mediaId, next.number)
    }
  }

  it('has numbers without holes and exactly one current version, and every URL goes on opening its own bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 16 }), async (steps) => {
        const bytes = fresh()
        const mediaId = await published(bytes)
        const model: Model = { current: 1, versions: [{ text: bytes.toString(), staged: false, status: 'READY' }] }
        const urls = new Map<string, string>()
        for (const next of steps) {
          await apply(mediaId, model, next)
          const media = await read(viewer, mediaId)
          const versions = media.versions.nodes.toReversed()
          expect(versions.map(({ number, status }) => [number, status])).toEqual(
            model.versions.map(({ status }, index) => [index + 1, status]),
          )
          expect(versions.filter(({ isCurrent }) => isCurrent).map(({ number }) => number)).toEqual([model.current])
          const shown = model.versions[model.current - 1]?.text ?? ''
          expect(media).toMatchObject({ status: 'READY', sha256: sha256Of(shown), sizeBytes: shown.length })
          urls.set(media.url, shown)
          versions.forEach(({ url }, index) => void urls.set(url, model.versions[index]?.text ?? ''))
        }
        for (const [url, text] of urls) expect(await bodyOf(url)).toBe(text)
      }),
      { numRuns: 25 },
    )
  })
})
