import { describe, expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { MediaRetryDocument, type MediaUploadCreateInput, UploadDocument } from '../../../client/generated/documents.ts'
import { readActions } from '../../harness/actions.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import { createUpload, fetchBody, readVersions, sha256Of } from './calls.ts'
import { createBytes } from './library.ts'
import { it } from './libraryIt.ts'

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
})
