import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  DescribedDocument,
  FolderCreateDocument,
  MediaUpdateDocument,
  type MediaUpdateInput,
} from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import { seedMediaId, seedMediaIds, trashMedia } from '../../harness/seed.ts'

const update = async (client: Client, input: MediaUpdateInput) =>
  (await client.send(MediaUpdateDocument, { input })).mediaUpdate

const read = async (client: Client, id: string) => {
  const { media } = await client.send(DescribedDocument, { id })
  if (media == null) throw new Error(`${id} does not exist`)
  return media
}

const createFolder = async (client: Client, name: string): Promise<string> => {
  const { folderCreate } = await client.send(FolderCreateDocument, { input: { name } })
  if (folderCreate.__typename !== 'Folder') throw new Error(folderCreate.message)
  return folderCreate.id
}

const texts = {
  title: 'Title',
  fileName: 'name.mp4',
  description: 'Two\nlines',
  altText: 'A picture of a cat',
  tags: ['Law', 'history'],
}

const it = base
  .extend('mediaId', ({ world }) => seedMediaId(world, { uploader: 'Ada' }))
  /** A media with a value in every field that `mediaUpdate` changes. */
  .extend('describedMedia', async ({ users: { editor }, mediaId: id }) => {
    const externalId = `key of ${id}`
    const folderId = await createFolder(editor, `Folder of ${uuidOf(id)}`)
    const created = await read(editor, id)
    const updated = await update(editor, { id, ...texts, externalId, folderId })
    return { id, externalId, folderId, created, updated }
  })

describe('mediaUpdate', () => {
  it.for([
    ['a viewer', 'viewer'],
    ['an editor who did not upload the media', 'otherEditor'],
  ] as const)('refuses %s', async ([, name], { users, mediaId: id }) => {
    const { [name]: client, editor } = users
    const previous = await read(editor, id)
    expect((await update(client, { id, title: 'x' })).__typename).toBe('ForbiddenError')
    expect((await read(editor, id)).title).toBe(previous.title)
  })

  it.for([
    ['the uploader', 'editor'],
    ['an admin', 'admin'],
  ] as const)('accepts %s', async ([who, name], { users, mediaId: id }) => {
    const { [name]: client, editor } = users
    expect((await update(client, { id, title: `by ${who}` })).__typename).toBe('Media')
    expect((await read(editor, id)).title).toBe(`by ${who}`)
  })

  it('changes every field that is named', async ({ users: { editor }, describedMedia }) => {
    const { id, externalId, folderId, created, updated } = describedMedia
    expect(updated).toMatchObject({
      __typename: 'Media',
      ...texts,
      externalId,
      folder: { id: folderId, path: `/Folder of ${uuidOf(id)}` },
    })
    expect(Date.parse((await read(editor, id)).updatedAt)).toBeGreaterThan(Date.parse(created.updatedAt))
  })

  it('keeps absent fields', async ({ users: { editor }, describedMedia: { id, externalId, folderId } }) => {
    expect(await update(editor, { id, title: 'Another' })).toMatchObject({
      ...texts,
      externalId,
      folder: { id: folderId },
      title: 'Another',
    })
  })

  it('clears fields that are null', async ({ users: { editor }, describedMedia: { id } }) => {
    const cleared = { externalId: null, description: null, altText: null }
    expect(await update(editor, { id, ...cleared, tags: null, folderId: null })).toMatchObject({
      ...cleared,
      tags: [],
      folder: null,
      title: 'Title',
      fileName: 'name.mp4',
    })
  })

  it('logs the previous and the new value of each changed field', async ({
    users: { editor },
    describedMedia: { id, folderId, created },
  }) => {
    await update(editor, { id, title: 'Another' })
    const { history } = await read(editor, id)
    expect(history.nodes[0]).toMatchObject({
      action: 'media.updated',
      actor: { name: 'Ada' },
      data: { title: { from: 'Title', to: 'Another' } },
    })
    expect(history.nodes[1]?.data).toMatchObject({
      title: { from: created.title, to: 'Title' },
      tags: { from: [], to: ['Law', 'history'] },
      folderId: { from: null, to: folderId },
    })
    expect(Object.keys(history.nodes[0]?.data as object)).toEqual(['title'])
  })

  it('without a change logs nothing', async ({ users: { editor }, mediaId: id }) => {
    await update(editor, { id, tags: ['a'] })
    const previous = await read(editor, id)
    expect((await update(editor, { id, tags: [' a '], title: previous.title })).__typename).toBe('Media')
    expect(await read(editor, id)).toEqual(previous)
  })

  it('stores trimmed tags, each once regardless of case', async ({ world, users: { editor }, mediaId: id }) => {
    expect(await update(editor, { id, tags: [' Law ', 'law', 'LAW', 'Straße'] })).toMatchObject({
      tags: ['Law', 'Straße'],
    })
    const row = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })
    expect(row.tagKeys).toEqual(['law', 'straße'])
  })

  it('gives an external id to one of two media that request it at once', async ({ world, users: { editor } }) => {
    const ids = await seedMediaIds(world, 2, { uploader: 'Ada' })
    const results = await Promise.all(ids.map((id) => update(editor, { id, externalId: 'requested by two' })))
    expect(results.map(({ __typename }) => __typename).toSorted()).toEqual(['Media', 'StateConflictError'])
  })

  it('refuses an external id that an unfinished upload has reserved', async ({ world, users: { editor }, mediaId }) => {
    const user = await world.runtime.ports.database.user.findUniqueOrThrow({ where: { externalId: 'ada' } })
    await world.runtime.ports.database.upload.create({
      data: {
        ownerId: user.id,
        fileName: 'x',
        sizeBytes: 1,
        externalId: 'reserved',
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    const result = await update(editor, { id: mediaId, externalId: 'reserved' })
    expect(result.__typename).toBe('StateConflictError')
  })

  it('accepts values of the maximum length', async ({ users: { editor }, mediaId: id }) => {
    const result = await update(editor, {
      id,
      description: 'd'.repeat(10_000),
      altText: 'a'.repeat(1000),
      title: 't'.repeat(500),
      fileName: 'f'.repeat(255),
      tags: Array.from({ length: 50 }, (_, index) => String(index).padStart(64, 't')),
    })
    expect(result.__typename).toBe('Media')
  })

  it.for<[string, Omit<MediaUpdateInput, 'id'>]>([
    ['title', { title: null }],
    ['title', { title: '   ' }],
    ['title', { title: '\u200e\u0000' }],
    ['fileName', { fileName: null }],
    ['fileName', { fileName: 'a/b' }],
    ['description', { description: 'd'.repeat(10_001) }],
    ['altText', { altText: 'a'.repeat(1001) }],
    ['externalId', { externalId: '' }],
    ['tags', { tags: Array.from({ length: 51 }, (_, index) => String(index)) }],
    ['folderId', { folderId: unknownId('Media') }],
    ['folderId', { folderId: 'nonsense' }],
  ])('names %s as the invalid field', async ([path, input], { users: { editor }, mediaId: id }) => {
    const previous = await read(editor, id)
    expect(await update(editor, { id, ...input, altText: input.altText ?? 'never written' })).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path }],
    })
    expect(await read(editor, id)).toEqual(previous)
  })

  it.for<[string, Omit<MediaUpdateInput, 'id'>, object]>([
    ['a title that is too long', { title: 't'.repeat(501) }, { title: 't'.repeat(500) }],
    ['a title of two lines', { title: 'Tides\r\n  and waves' }, { title: 'Tides and waves' }],
    ['a description with NUL', { description: 'nul\u0000\nline' }, { description: 'nul\nline' }],
    ['a description of which nothing remains', { description: '\u0000 ' }, { description: null }],
    ['a tag that is too long', { tags: ['fine', 't'.repeat(65)] }, { tags: ['fine', 't'.repeat(64)] }],
    ['an empty tag', { tags: [' ', 'Law', '\u200flaw'] }, { tags: ['Law'] }],
  ])('cleans %s', async ([, input, expected], { users: { editor }, mediaId: id }) => {
    expect((await update(editor, { id, ...input })).__typename).toBe('Media')
    expect(await read(editor, id)).toMatchObject(expected)
  })

  it('refuses an unknown media', async ({ users: { editor } }) => {
    expect((await update(editor, { id: unknownId('Media'), title: 'x' })).__typename).toBe('NotFoundError')
  })

  it('refuses a malformed media id', async ({ users: { editor } }) => {
    expect((await update(editor, { id: 'nonsense', title: 'x' })).__typename).toBe('InvalidInputError')
  })

  it('refuses an unknown folder', async ({ users: { editor }, mediaId: id }) => {
    const folderId = unknownId('Folder')
    expect(await update(editor, { id, folderId })).toMatchObject({ __typename: 'NotFoundError', nodeId: folderId })
  })

  it('refuses a media in the trash', async ({ world, users: { editor }, mediaId: id }) => {
    await trashMedia(world, id)
    expect((await update(editor, { id, title: 'x' })).__typename).toBe('NotFoundError')
  })
})

describe('an upload', () => {
  it('is filed in the folder of its ticket', async ({ world, users: { editor } }) => {
    const folderId = await createFolder(editor, 'Inbox')
    const id = await world.upload(editor, Buffer.from('to be filed'), { fileName: 'filed.txt', folderId, tags: ['Ä'] })
    expect(await read(editor, id)).toMatchObject({ folder: { id: folderId }, tags: ['Ä'] })
  })
})
