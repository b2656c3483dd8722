import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  DescribedDocument,
  FolderCreateDocument,
  MediaUpdateDocument,
  type MediaUpdateInput,
} from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { seedMediaId, trashMedia } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

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

const createMedia = (): Promise<string> => seedMediaId(world, { uploader: 'Ada' })

const update = async (client: Client, input: MediaUpdateInput) =>
  (await client.send(MediaUpdateDocument, { input })).mediaUpdate

const read = async (id: string) => {
  const { media } = await editor.send(DescribedDocument, { id })
  if (media == null) throw new Error(`${id} does not exist`)
  return media
}

const createFolder = async (name: string): Promise<string> => {
  const { folderCreate } = await editor.send(FolderCreateDocument, { input: { name } })
  if (folderCreate.__typename !== 'Folder') throw new Error(folderCreate.message)
  return folderCreate.id
}

describe('mediaUpdate', () => {
  it('is for those who may change the media', async () => {
    const id = await createMedia()
    expect((await update(viewer, { id, title: 'x' })).__typename).toBe('ForbiddenError')
    expect((await update(other, { id, title: 'x' })).__typename).toBe('ForbiddenError')
    expect((await update(editor, { id, title: 'by its owner' })).__typename).toBe('Media')
    expect((await update(admin, { id, title: 'by an admin' })).__typename).toBe('Media')
    expect((await read(id)).title).toBe('by an admin')
  })

  it('changes what is named and keeps the rest; null clears; the log says from what to what', async () => {
    const id = await createMedia()
    const folderId = await createFolder('Described')
    const texts = {
      externalId: `key of ${id}`,
      title: 'Title',
      fileName: 'name.mp4',
      description: 'Two\nlines',
      altText: 'A picture of a cat',
      tags: ['Law', 'history'],
    }
    const before = await read(id)
    expect(await update(editor, { id, ...texts, folderId })).toMatchObject({
      __typename: 'Media',
      ...texts,
      folder: { id: folderId, path: '/Described' },
    })
    expect(await update(editor, { id, title: 'Another' })).toMatchObject({
      title: 'Another',
      description: 'Two\nlines',
    })
    const cleared = { externalId: null, description: null, altText: null }
    const { history, ...after } = await read(id)
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt))
    expect(await update(editor, { id, ...cleared, tags: null, folderId: null })).toMatchObject({
      ...cleared,
      tags: [],
      folder: null,
      title: 'Another',
      fileName: 'name.mp4',
    })
    expect(history.nodes[0]).toMatchObject({
      action: 'media.updated',
      actor: { name: 'Ada' },
      data: { title: { from: 'Title', to: 'Another' } },
    })
    expect(history.nodes[1]?.data).toMatchObject({
      title: { from: before.title, to: 'Title' },
      tags: { from: [], to: ['Law', 'history'] },
      folderId: { from: null, to: folderId },
    })
    expect(Object.keys(history.nodes[0]?.data as object)).toEqual(['title'])
  })

  it('that changes nothing leaves no trace', async () => {
    const id = await createMedia()
    await update(editor, { id, tags: ['a'] })
    const before = await read(id)
    expect((await update(editor, { id, tags: [' a '], title: before.title })).__typename).toBe('Media')
    expect(await read(id)).toEqual(before)
  })

  it('trims tags and knows them regardless of case', async () => {
    const id = await createMedia()
    expect(await update(editor, { id, tags: [' Law ', 'law', 'LAW', 'Straße'] })).toMatchObject({
      tags: ['Law', 'Straße'],
    })
    const row = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })
    expect(row.tagKeys).toEqual(['law', 'straße'])
  })

  it('gives an external id to one media only, also where two ask at once or an upload has it', async () => {
    const ids = await Promise.all([createMedia(), createMedia()])
    const answers = await Promise.all(ids.map((id) => update(editor, { id, externalId: 'wanted by two' })))
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Media', 'StateConflictError'])
    const user = await world.runtime.ports.database.user.findUniqueOrThrow({ where: { externalId: 'ada' } })
    await world.runtime.ports.database.upload.create({
      data: {
        ownerId: user.id,
        fileName: 'x',
        sizeBytes: 1,
        externalId: 'on its way',
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    const result = await update(editor, { id: await createMedia(), externalId: 'on its way' })
    expect(result.__typename).toBe('StateConflictError')
  })

  it('takes all that the limits allow', async () => {
    const id = await createMedia()
    const answer = await update(editor, {
      id,
      description: 'd'.repeat(10_000),
      altText: 'a'.repeat(1000),
      title: 't'.repeat(500),
      fileName: 'f'.repeat(255),
      tags: Array.from({ length: 50 }, (_, index) => String(index).padStart(64, 't')),
    })
    expect(answer.__typename).toBe('Media')
  })

  it.each<[string, Omit<MediaUpdateInput, 'id'>]>([
    ['title', { title: null }],
    ['title', { title: '   ' }],
    ['title', { title: 't'.repeat(501) }],
    ['fileName', { fileName: null }],
    ['fileName', { fileName: 'a/b' }],
    ['description', { description: 'd'.repeat(10_001) }],
    ['description', { description: 'nul\u0000' }],
    ['altText', { altText: 'a'.repeat(1001) }],
    ['externalId', { externalId: '' }],
    ['tags', { tags: Array.from({ length: 51 }, (_, index) => String(index)) }],
    ['tags.1', { tags: ['fine', 't'.repeat(65)] }],
    ['tags.0', { tags: [' '] }],
    ['folderId', { folderId: unknownId('Media') }],
    ['folderId', { folderId: 'nonsense' }],
  ])('names what is wrong with %s', async (path, input) => {
    const id = await createMedia()
    const before = await read(id)
    expect(await update(editor, { id, ...input, altText: input.altText ?? 'never written' })).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path }],
    })
    expect(await read(id)).toEqual(before)
  })

  it('finds neither what is not there nor what lies in the trash', async () => {
    expect((await update(editor, { id: unknownId('Media'), title: 'x' })).__typename).toBe('NotFoundError')
    expect((await update(editor, { id: 'nonsense', title: 'x' })).__typename).toBe('InvalidInputError')
    const id = await createMedia()
    const folderId = unknownId('Folder')
    expect(await update(editor, { id, folderId })).toMatchObject({ __typename: 'NotFoundError', nodeId: folderId })
    await trashMedia(world, id)
    expect((await update(editor, { id, title: 'x' })).__typename).toBe('NotFoundError')
  })
})

describe('an upload', () => {
  it('is filed where its ticket says', async () => {
    const folderId = await createFolder('Inbox')
    const id = await world.upload(editor, Buffer.from('to be filed'), { fileName: 'filed.txt', folderId, tags: ['Ä'] })
    expect(await read(id)).toMatchObject({ folder: { id: folderId }, tags: ['Ä'] })
  })
})
