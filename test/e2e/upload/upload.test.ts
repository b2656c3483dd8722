import { createHash, randomUUID } from 'node:crypto'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Client, sendBytes } from '../../../client/client.ts'
import {
  MediaUploadCancelDocument,
  MediaUploadCreateDocument,
  type MediaUploadCreateInput,
  UploadDocument,
  UploadProgressDocument,
  UploadsDocument,
} from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import { readMedia, type World } from '../../harness/world.ts'

const create = async (client: Client, input: Partial<MediaUploadCreateInput> = {}) => {
  const result = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'notes.txt', sizeBytes: 5, ...input },
  })
  return result.mediaUploadCreate
}

const ticket = (client: Client, input: Partial<MediaUploadCreateInput> = {}) =>
  createTicket(client, { fileName: 'notes.txt', ...input })

describe('mediaUploadCreate', () => {
  it('is refused to viewers', async ({ users: { viewer } }) => {
    expect((await create(viewer)).__typename).toBe('ForbiddenError')
  })

  it('gives an editor a ticket whose target accepts bytes', async ({ users: { editor } }) => {
    const { upload, target } = await ticket(editor)
    expect(upload.status).toBe('WAITING')
    expect(upload.mediaId).toMatch(/^Media:/)
    const head = await fetch(target.url, {
      method: 'HEAD',
      headers: Object.fromEntries(target.headers.map(({ name, value }) => [name, value])),
    })
    expect([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([200, '0', '5'])
  })

  it.for<[string, Partial<MediaUploadCreateInput>, string[]]>([
    ['an empty file', { sizeBytes: 0 }, ['sizeBytes']],
    ['a negative size', { sizeBytes: -1 }, ['sizeBytes']],
    ['an absurd size', { sizeBytes: Number.MAX_SAFE_INTEGER }, ['sizeBytes']],
    ['a name with a slash', { fileName: '../etc/passwd' }, ['fileName']],
    ['a name of marks', { fileName: '\u202E\0' }, ['fileName']],
    ['a note that is too long', { note: 'x'.repeat(2001) }, ['note']],
    ['no name', { fileName: '  ' }, ['fileName']],
    ['a malformed checksum', { sha256: 'abc' }, ['sha256']],
    ['51 tags', { tags: Array.from({ length: 51 }, (_, index) => `tag ${index}`) }, ['tags']],
    ['several faults at once', { fileName: 'a/b', sizeBytes: 0 }, ['fileName', 'sizeBytes']],
  ])('refuses %s with the name of the field', async ([_name, input, fields], { users: { editor } }) => {
    expect(pathsOf(await create(editor, input))).toEqual(fields)
  })

  it.for<[string, string, string]>([
    ['a name of 1 000 characters', `${'x'.repeat(1000)}.mp4`, `${'x'.repeat(251)}.mp4`],
    ['a name with NUL', 'a\0b.mp4', 'ab.mp4'],
    ['a name with a right-to-left override', 'exe.\u202Egpj', 'exe.gpj'],
  ])('cleans %s', async ([, fileName, expected], { world, users: { editor } }) => {
    const { upload } = await ticket(editor, { fileName })
    expect(await world.runtime.ports.database.upload.findUnique({ where: { id: uuidOf(upload.id) } })).toMatchObject({
      fileName: expected,
    })
  })

  it('refuses an external id that is taken', async ({ users: { editor } }) => {
    await ticket(editor, { externalId: 'lesson-1' })
    expect((await create(editor, { externalId: 'lesson-1' })).__typename).toBe('StateConflictError')
  })
})

describe('received bytes', () => {
  it("become a media with their checksum and the ticket's fields", async ({ world, users: { editor, viewer } }) => {
    const bytes = Buffer.from('Photosynthesis, in my own words.')
    const mediaId = await world.upload(editor, bytes, {
      fileName: 'Photosynthesis.txt',
      title: 'Photosynthesis',
      tags: ['Biology', 'biology', 'plants'],
      externalId: 'bio-1',
      note: 'first draft',
    })
    const media = await readMedia(viewer, mediaId).catch((error: unknown) => error)
    // A viewer may not read the history that this query asks for.
    expect(media).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(await readMedia(editor, mediaId)).toMatchObject({
      title: 'Photosynthesis',
      fileName: 'Photosynthesis.txt',
      externalId: 'bio-1',
      tags: ['Biology', 'plants'],
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      uploadedBy: { name: 'Ada' },
      versions: { totalCount: 1, nodes: [{ number: 1, isCurrent: true, note: 'first draft' }] },
    })
  })

  it('are accepted only from the owner', async ({ world, users: { editor } }) => {
    const { target } = await ticket(editor)
    const head = async (headers: Record<string, string>) =>
      (await fetch(target.url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0', ...headers } })).status
    expect(await head({})).toBe(401)
    expect(await head({ Authorization: `Bearer ${await world.token('editor', 'Bob')}` })).toBe(403)
    expect(await head({ Authorization: `Bearer ${await world.token('editor', 'Ada')}` })).toBe(200)
    expect(await head({ 'Upload-Token': '99999999999.1.forged' })).toBe(401)
  })

  it('fail the upload if their checksum differs from the declared one', async ({ users: { editor } }) => {
    const { upload, target } = await ticket(editor, { sha256: 'a'.repeat(64) })
    await sendBytes(target, Buffer.from('other'), { sizeBytes: 5 })
    const result = await editor.send(UploadDocument, { id: upload.id })
    expect(result.upload).toMatchObject({
      status: 'FAILED',
      failure: { code: 'CHECKSUM_MISMATCH' },
      media: null,
      target: null,
    })
  })

  it('are refused by checksum before they are sent, unless duplicates are allowed', async ({
    world,
    users: { editor, otherEditor: other },
  }) => {
    const bytes = Buffer.from('The same worksheet again.')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const first = await world.upload(editor, bytes, { fileName: 'worksheet.txt' })
    const refusal = await create(other, { sha256, sizeBytes: bytes.length })
    expect(refusal).toMatchObject({ __typename: 'DuplicateMediaError', code: 'DUPLICATE', existing: { id: first } })
    const second = await world.upload(other, bytes, { fileName: 'copy.txt', sha256, allowDuplicate: true })
    expect((await readMedia(editor, second)).duplicates).toEqual([{ id: first, title: 'worksheet.txt' }])
    // Without a declared checksum, duplicates are recognised after they have arrived.
    const third = await world.upload(other, bytes, { fileName: 'third.txt' })
    expect((await readMedia(editor, third)).duplicates.map(({ id }) => id)).toEqual([first, second])
    expect(await world.runtime.ports.database.blob.count({ where: { sha256 } })).toBe(1)
  })
})

describe('a completion that failed halfway', () => {
  it('is repeated when the client sends HEAD, although the bytes have been moved already', async ({
    world,
    users: { editor },
  }) => {
    const bytes = Buffer.from('Stored, but not yet a media.')
    const { upload, target } = await ticket(editor, { fileName: 'half.txt', sizeBytes: bytes.length })
    const original = world.runtime.ports.queue.send
    world.runtime.ports.queue.send = async () => {
      throw new Error('the database is down')
    }
    const headers = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
    const patch = await fetch(target.url, {
      method: 'PATCH',
      headers: { ...headers, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
      body: bytes,
    })
    expect(patch.status).toBe(500)
    world.runtime.ports.queue.send = original
    const row = await world.runtime.ports.database.upload.findUniqueOrThrow({ where: { id: uuidOf(upload.id) } })
    expect(row.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    const head = await fetch(target.url, { method: 'HEAD', headers })
    expect(head.headers.get('upload-offset')).toBe(String(bytes.length))
    expect(await readMedia(editor, upload.mediaId)).toMatchObject({ title: 'half.txt', sizeBytes: bytes.length })
  })
})

describe('an external id', () => {
  it('fails the upload if another media gets it during the upload', async ({ world, users: { editor } }) => {
    const { upload, target } = await ticket(editor, { externalId: 'raced' })
    const [id = ''] = await seedMedia(world, 1)
    await world.runtime.ports.database.media.update({ where: { id }, data: { externalId: 'raced' } })
    await sendBytes(target, Buffer.from('bytes'), { sizeBytes: 5 })
    const result = await editor.send(UploadDocument, { id: upload.id })
    expect(result.upload).toMatchObject({ status: 'FAILED', failure: { code: 'EXTERNAL_ID_TAKEN' } })
  })
})

describe('mediaUploadCancel', () => {
  const cancel = async (client: Client, id: string) =>
    (await client.send(MediaUploadCancelDocument, { id })).mediaUploadCancel.__typename

  it('is refused to viewers', async ({ users: { editor, viewer } }) => {
    expect(await cancel(viewer, (await ticket(editor)).upload.id)).toBe('ForbiddenError')
  })

  it('is refused to another editor', async ({ users: { editor, otherEditor: other } }) => {
    expect(await cancel(other, (await ticket(editor)).upload.id)).toBe('ForbiddenError')
  })

  it('is granted to an admin', async ({ users: { admin, editor } }) => {
    expect(await cancel(admin, (await ticket(editor)).upload.id)).toBe('Upload')
  })

  it('is granted to the owner once', async ({ users: { editor } }) => {
    const { upload } = await ticket(editor)
    expect(await cancel(editor, upload.id)).toBe('Upload')
    expect(await cancel(editor, upload.id)).toBe('StateConflictError')
  })

  it('makes the target refuse bytes', async ({ users: { editor } }) => {
    const { upload, target } = await ticket(editor)
    expect(await cancel(editor, upload.id)).toBe('Upload')
    await expect(sendBytes(target, Buffer.from('bytes'), { sizeBytes: 5 })).rejects.toThrow()
  })

  it('distinguishes a malformed id from an unknown one', async ({ users: { editor } }) => {
    expect(await cancel(editor, 'Upload:nonsense')).toBe('InvalidInputError')
    expect(await cancel(editor, unknownId('Media'))).toBe('InvalidInputError')
    expect(await cancel(editor, unknownId('Upload'))).toBe('NotFoundError')
  })
})

describe('uploadProgress', () => {
  it('begins with the current state', async ({ users: { editor } }) => {
    const { upload } = await ticket(editor, { sizeBytes: 10 })
    const events = editor.follow(UploadProgressDocument, { id: upload.id })
    const first = await events.next()
    expect(first.value?.uploadProgress).toMatchObject({ status: 'WAITING', receivedBytes: 0 })
    await events.return?.()
  })

  it('delivers rising byte counts until the upload is complete', async ({ users: { editor } }) => {
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'media')
    const { upload, target } = await ticket(editor, { fileName: 'big.bin', sizeBytes: bytes.length })
    const events = editor.follow(UploadProgressDocument, { id: upload.id })
    await events.next()
    const sending = sendBytes(target, bytes, { sizeBytes: bytes.length, chunkSize: 1024 * 1024 })
    const states: [string, number][] = []
    for await (const { uploadProgress } of events) states.push([uploadProgress.status, uploadProgress.receivedBytes])
    await sending
    expect(states.at(-1)).toEqual(['COMPLETED', bytes.length])
    expect(states.map(([, received]) => received)).toEqual(
      states.map(([, received]) => received).toSorted((a, b) => a - b),
    )
  })

  it("answers that another user's upload does not exist", async ({ users: { editor, otherEditor: other } }) => {
    const { upload } = await ticket(editor)
    const events = other.follow(UploadProgressDocument, { id: upload.id })
    await expect(events.next()).rejects.toThrow('There is no such upload.')
  })
})

describe('the sweep', () => {
  /** Creates an upload whose time is over. */
  const abandonUpload = async (world: World, client: Client): Promise<string> => {
    const { upload } = await ticket(client, { sizeBytes: 10 })
    const data = { expiresAt: new Date(Date.now() - 1000) }
    await world.runtime.ports.database.upload.update({ where: { id: uuidOf(upload.id) }, data })
    return upload.id
  }

  it('expires abandoned uploads', async ({ world, users: { editor } }) => {
    const id = await abandonUpload(world, editor)
    expect(await world.runtime.services.uploads.sweep()).toBe(1)
    const result = await editor.send(UploadDocument, { id })
    expect(result.upload?.status).toBe('EXPIRED')
    const { uploads } = await editor.send(UploadsDocument, {})
    expect(uploads.map((open) => open.id)).not.toContain(id)
  })

  it('removes the bytes of abandoned uploads', async ({ world, users: { editor } }) => {
    const id = await abandonUpload(world, editor)
    expect(await world.runtime.ports.incoming.stat({ id: uuidOf(id), fileNumber: 0 })).not.toBeNull()
    await world.runtime.services.uploads.sweep()
    expect(await world.runtime.ports.incoming.stat({ id: uuidOf(id), fileNumber: 0 })).toBeNull()
  })

  it('removes old bytes only if their upload has ended or does not exist', async ({ world, users: { editor } }) => {
    const { database, incoming } = world.runtime.ports
    const fresh = async () => uuidOf((await ticket(editor, { sizeBytes: 10 })).upload.id)
    const [endedId, open, young, unknown] = [await fresh(), await fresh(), await fresh(), randomUUID()]
    await incoming.create(unknown)
    // The state that a process leaves if it crashes after the commit.
    await database.upload.updateMany({ where: { id: { in: [endedId, young] } }, data: { status: 'CANCELLED' } })
    const oldTime = new Date(Date.now() - 2 * 3_600_000)
    for (const id of [endedId, open, unknown])
      await utimes(join(world.runtime.config.dataDir, 'incoming', id), oldTime, oldTime)
    expect(await world.runtime.services.uploads.sweep()).toBe(2)
    const remaining = await Promise.all(
      [endedId, unknown, open, young].map((id) => incoming.stat({ id, fileNumber: 0 })),
    )
    expect(remaining.map((file) => file !== null)).toEqual([false, false, true, true])
    expect(await world.runtime.services.uploads.sweep()).toBe(0)
  })
})
