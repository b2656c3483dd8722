import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Client, sendBytes } from '../../../client/client.ts'
import { MediaRetryDocument, type MediaUploadCreateInput, UploadDocument } from '../../../client/generated/documents.ts'
import { readActions } from '../../harness/actions.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { World } from '../../harness/world.ts'
import { activate, createUpload, currentNumberDocument, fetchBody, readVersions, sha256Of } from './calls.ts'
import { createBytes, createLibrary, type Library } from './library.ts'
import { expectations, type Model, type Step, stepArbitrary } from './model.ts'

const it = base.extend('library', { scope: 'file' }, ({ world, users: { editor } }) => createLibrary(world, editor))

describe('mediaUploadCreate with replaces', () => {
  it('refuses viewers', async ({ users: { viewer }, library }) => {
    const mediaId = await library.publish()
    expect((await createUpload(viewer, { replaces: mediaId })).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who do not own the media', async ({ users: { otherEditor: other }, library }) => {
    const mediaId = await library.publish()
    expect((await createUpload(other, { replaces: mediaId })).__typename).toBe('ForbiddenError')
  })

  it('accepts the owner of the media', async ({ users: { editor }, library }) => {
    const mediaId = await library.publish()
    expect(await createUpload(editor, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
  })

  it('accepts admins', async ({ users: { admin }, library }) => {
    const mediaId = await library.publish()
    expect(await createUpload(admin, { replaces: mediaId })).toMatchObject({ upload: { mediaId } })
  })

  it('refuses a media that does not exist', async ({ users: { editor } }) => {
    expect((await createUpload(editor, { replaces: unknownId('Media') })).__typename).toBe('NotFoundError')
  })

  it('refuses a media in the trash', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publish()
    await trashMedia(world, mediaId)
    expect((await createUpload(editor, { replaces: mediaId })).__typename).toBe('NotFoundError')
  })

  it.for<[string, Partial<MediaUploadCreateInput>, string[]]>([
    ['a malformed id', { replaces: 'nonsense' }, ['replaces']],
    ['an empty id', { replaces: '' }, ['replaces']],
    ['the id of a version', { replaces: unknownId('MediaVersion') }, ['replaces']],
    ['staging without a replacement', { stage: true }, ['stage']],
    [
      'fields of the media itself',
      { replaces: unknownId('Media'), title: 'New', externalId: 'x' },
      ['externalId', 'title'],
    ],
  ])('refuses %s', async ([_name, input, fields], { users: { editor } }) => {
    const result = await createUpload(editor, input)
    expect(result).toMatchObject({ __typename: 'InvalidInputError', fields: fields.map((path) => ({ path })) })
  })

  it('recognises the current bytes before the transfer', async ({ users: { editor }, library }) => {
    const bytes = createBytes()
    const mediaId = await library.publish(bytes)
    const result = await createUpload(editor, { replaces: mediaId, sha256: sha256Of(bytes), sizeBytes: bytes.length })
    expect(result).toMatchObject({ __typename: 'DuplicateMediaError', existing: { id: mediaId } })
  })

  it('fails the upload if the media is trashed during the transfer', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publish()
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
  it('changes nothing of the media until its bytes are examined', async ({ users: { viewer }, library }) => {
    const mediaId = await library.publish()
    const previous = await readVersions(viewer, mediaId)
    await library.replace(mediaId)
    const current = await readVersions(viewer, mediaId)
    expect({ ...current, versions: null }).toEqual({ ...previous, versions: null })
    expect(current.versions.nodes.map(({ number, status, isCurrent }) => [number, status, isCurrent])).toEqual([
      [2, 'PROCESSING', false],
      [1, 'READY', true],
    ])
  })

  it('updates the media once its bytes are found usable', async ({ users: { viewer }, library }) => {
    const bytes = createBytes()
    const mediaId = await library.publish()
    await library.replace(mediaId, bytes)
    await library.pass(mediaId, 2)
    expect(await readVersions(viewer, mediaId)).toMatchObject({
      title: 'Lesson',
      status: 'READY',
      sha256: sha256Of(bytes),
      sizeBytes: bytes.length,
      originalFileName: 'next.txt',
      currentVersion: { number: 2, renditions: [] },
    })
  })

  it('gets a new URL', async ({ users: { viewer }, library }) => {
    const bytes = createBytes()
    const mediaId = await library.publish()
    const { url: previousUrl } = await readVersions(viewer, mediaId)
    await library.replace(mediaId, bytes)
    await library.pass(mediaId, 2)
    const { url } = await readVersions(viewer, mediaId)
    expect(url).not.toBe(previousUrl)
    expect(await fetchBody(url)).toBe(bytes.toString())
  })

  it('leaves the previous bytes at the previous URL', async ({ users: { viewer }, library }) => {
    const bytes = createBytes()
    const mediaId = await library.publish(bytes)
    const { url } = await readVersions(viewer, mediaId)
    await library.replace(mediaId)
    await library.pass(mediaId, 2)
    expect(await fetchBody(url)).toBe(bytes.toString())
  })

  it('is recorded as upload, examination and switch in the log', async ({ world, library }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.pass(mediaId, 2)
    const actions = await readActions(world, mediaId)
    expect(actions.slice(actions.indexOf('version.uploaded'))).toEqual([
      'version.uploaded',
      'media.processed',
      'media.replaced',
    ])
  })

  it('changes nothing of the media when its examination fails', async ({ users: { viewer }, library }) => {
    const mediaId = await library.publish()
    const previous = await readVersions(viewer, mediaId)
    await library.replace(mediaId)
    await library.reject(mediaId, 2)
    const current = await readVersions(viewer, mediaId)
    expect({ ...current, versions: null }).toEqual({ ...previous, versions: null })
    expect(current.versions.nodes[0]).toMatchObject({ number: 2, status: 'FAILED', failure: { code: 'TRUNCATED' } })
  })

  it('can be retried after its examination failed', async ({ users: { editor, viewer }, library }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.reject(mediaId, 2)
    const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
    expect(mediaRetry).toMatchObject({ __typename: 'Media', status: 'READY' })
    expect((await readVersions(viewer, mediaId)).versions.nodes[0]).toMatchObject({
      number: 2,
      status: 'PROCESSING',
      failure: null,
    })
    await library.pass(mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(2)
  })

  it.for<[string, boolean]>([
    ['an immediate', false],
    ['a staged', true],
  ])('fails as %s replacement if its kind differs', async ([_name, stage], { users: { viewer }, library }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId, createBytes(), { stage })
    await library.pass(mediaId, 2, 'VIDEO')
    const media = await readVersions(viewer, mediaId)
    expect(media).toMatchObject({ kind: 'DOCUMENT', status: 'READY', currentVersion: { number: 1 } })
    const message = expect.stringContaining('VIDEO')
    expect(media.versions.nodes[0]).toMatchObject({
      status: 'FAILED',
      kind: 'VIDEO',
      failure: { code: 'KIND_MISMATCH', message },
    })
  })

  it('may be of any kind if no version of the media was ever usable', async ({
    world,
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await world.upload(editor, createBytes(), { fileName: 'broken.txt' })
    await library.reject(mediaId, 1)
    await library.replace(mediaId)
    await library.pass(mediaId, 2, 'VIDEO')
    expect(await readVersions(viewer, mediaId)).toMatchObject({
      kind: 'VIDEO',
      status: 'READY',
      currentVersion: { number: 2 },
    })
  })

  it('does not become current before its activation if it is staged', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId, createBytes(), { stage: true })
    expect((await activate(editor, mediaId, 2)).__typename).toBe('StateConflictError')
    await library.pass(mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
    expect(await activate(editor, mediaId, 2)).toMatchObject({ __typename: 'Media', currentVersion: { number: 2 } })
  })

  it('does not become current after a newer version did, even if version 1 was activated since', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.replace(mediaId)
    await library.pass(mediaId, 3)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(3)
    await activate(editor, mediaId, 1)
    await library.pass(mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
  })

  it('becomes current if it is the newest, even after version 1 was activated', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.replace(mediaId)
    await library.pass(mediaId, 3)
    await activate(editor, mediaId, 1)
    await library.pass(mediaId, 2)
    await library.replace(mediaId)
    await library.pass(mediaId, 4)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(4)
  })

  it('loses to the newest of several concurrent replacements, whose numbers have no gaps', async ({
    users: { viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await Promise.all(Array.from({ length: 5 }, () => library.replace(mediaId)))
    await Promise.all([2, 3, 4, 5, 6].map((number) => library.pass(mediaId, number)))
    const { versions, currentVersion, sha256 } = await readVersions(viewer, mediaId)
    expect(versions.nodes.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
    expect(currentVersion).toMatchObject({ number: 6, sha256 })
  })
})

describe('mediaVersionActivate', () => {
  const countActivations = async (world: World, mediaId: string): Promise<number> =>
    (await readActions(world, mediaId)).filter((action) => action === 'media.activated').length

  it('refuses viewers', async ({ users: { viewer }, library }) => {
    expect((await activate(viewer, await library.publishReplaced(), 1)).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who do not own the media', async ({ users: { otherEditor: other }, library }) => {
    expect((await activate(other, await library.publishReplaced(), 1)).__typename).toBe('ForbiddenError')
  })

  it('refuses a media that does not exist', async ({ users: { editor } }) => {
    expect((await activate(editor, unknownId('Media'), 1)).__typename).toBe('NotFoundError')
  })

  it('refuses a malformed media id', async ({ users: { editor } }) => {
    expect((await activate(editor, 'Media:1', 1)).__typename).toBe('InvalidInputError')
  })

  it('accepts the owner of the media', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publishReplaced()
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(1)
  })

  it('accepts admins', async ({ world, users: { admin, editor }, library }) => {
    const mediaId = await library.publishReplaced()
    await activate(editor, mediaId, 1)
    expect((await activate(admin, mediaId, 2)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(2)
  })

  it('records no event for the version that is already current', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publishReplaced()
    await activate(editor, mediaId, 1)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(1)
  })

  it.for([0, -1, 3, 2 ** 31 - 1])(
    'refuses the number %i, which no version has',
    async (number, { users: { editor }, library }) => {
      const mediaId = await library.publish()
      expect((await activate(editor, mediaId, number)).__typename).toBe('NotFoundError')
    },
  )

  it('refuses a failed version with the reason of its failure', async ({ users: { editor }, library }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.reject(mediaId, 2)
    const result = await activate(editor, mediaId, 2)
    expect(result).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('end is missing'),
    })
  })

  it('refuses a media in the trash', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publish()
    await trashMedia(world, mediaId)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('NotFoundError')
  })

  it('is delivered to live subscriptions, which stay open for a replacement in transfer', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId, createBytes(), { stage: true })
    await library.pass(mediaId, 2)
    const ticket = await createTicket(editor, { replaces: mediaId })
    const events = viewer.follow(currentNumberDocument, { ids: [mediaId] })
    const next = async () => (await events.next()).value?.mediaProgress
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 1 } })
    await activate(editor, mediaId, 2)
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await sendBytes(ticket.target, Buffer.from('bytes'), { sizeBytes: 5 })
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await library.pass(mediaId, 3)
    const receivedNumbers: number[] = []
    for await (const { mediaProgress } of events) {
      expect(mediaProgress.status).toBe('READY')
      receivedNumbers.push(mediaProgress.currentVersion.number)
    }
    expect(receivedNumbers.at(-1)).toBe(3)
  })
})

describe('a media under any sequence of replacements and activations', () => {
  const apply = async (editor: Client, library: Library, mediaId: string, model: Model, next: Step): Promise<void> => {
    if (next.type === 'replace') {
      const bytes = createBytes()
      model.versions.push({ text: bytes.toString(), staged: next.stage, status: 'PROCESSING' })
      await library.replace(mediaId, bytes, { stage: next.stage })
    } else if (next.type === 'activate') {
      const expected = expectations.activate(model, next.number)
      expect((await activate(editor, mediaId, next.number)).__typename).toBe(expected)
    } else if (next.type === 'retry') {
      const expected = expectations.retry(model)
      const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
      expect(mediaRetry.__typename).toBe(expected)
    } else if (next.number <= model.versions.length) {
      expectations[next.type](model, next.number)
      await library[next.type](mediaId, next.number)
    }
  }

  it('matches the model in its version numbers, its current version and the bytes behind its URLs', async ({
    users: { editor, viewer },
    library,
  }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 10, maxLength: 16 }), async (steps) => {
        const bytes = createBytes()
        const mediaId = await library.publish(bytes)
        const model: Model = { current: 1, versions: [{ text: bytes.toString(), staged: false, status: 'READY' }] }
        const urls = new Map<string, string>()
        for (const next of steps) {
          await apply(editor, library, mediaId, model, next)
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
