import fc from 'fast-check'
import { describe, expect } from 'vitest'
import {
  DescribedDocument,
  FolderCreateDocument,
  FolderUpdateDocument,
  MediaBulkTagDocument,
  MediaListDocument,
  MediaUpdateDocument,
  MediaUploadCreateDocument,
  TagsDocument,
} from '../../client/generated/documents.ts'
import { makeToken } from '../../src/adapters/auth.ts'
import { cleanFileName, cleanLine, cleanLines } from '../../src/services/kernel/cleanText.ts'
import { anyText } from '../harness/anyText.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { link, newResource, toRef } from '../harness/links.ts'
import { pathsOf } from '../harness/refusals.ts'
import { seedMediaId } from '../harness/seed.ts'
import { testSecret } from '../harness/world.ts'
import { readResource, readUse } from './usage/queries.ts'
import { upsert } from './user/calls.ts'

const it = base
  .extend('mediaId', { scope: 'file' }, ({ world }) => seedMediaId(world, { uploader: 'Ada' }))
  .extend('addFolder', { scope: 'file' }, ({ users: { editor } }) => async (name: string, parentId?: string) => {
    const { folderCreate } = await editor.send(FolderCreateDocument, { input: { name, parentId } })
    return folderCreate
  })
  .extend('addFolderId', { scope: 'file' }, ({ addFolder }) => async (name: string, parentId?: string) => {
    const folder = await addFolder(name, parentId)
    if (folder.__typename !== 'Folder') throw new Error(folder.message)
    return folder.id
  })

/** Longer than every limit of a line now and then. */
const text = fc.oneof(
  { weight: 9, arbitrary: anyText },
  { weight: 1, arbitrary: anyText.map((short) => short.repeat(20)) },
)

const checkAll = (check: (text: string) => Promise<void>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(text, async (value) => {
      await check(value) // without its result: `false` would fail the property
    }),
    { numRuns: 60 },
  )

const isName = (name: string): boolean => !['', '.', '..'].includes(name) && !/[/\\]/.test(name)

describe('any text', () => {
  it('is stored cleaned as the title of a media, or refused as empty', ({ users: { editor }, mediaId: id }) =>
    checkAll(async (title) => {
      const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id, title } })
      const expected = cleanLine(title, 500)
      if (expected === '') return expect(pathsOf(mediaUpdate)).toEqual(['title'])
      expect(mediaUpdate).toMatchObject({ title: expected })
    }))

  it('is stored cleaned as the description of a media', ({ users: { editor }, mediaId: id }) =>
    checkAll(async (description) => {
      const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id, description, altText: 'x' } })
      expect(mediaUpdate).toMatchObject({ description: cleanLines(description) || null })
    }))

  it('is stored cleaned in an upload, or refused as a file name', ({ world, users: { editor } }) =>
    checkAll(async (name) => {
      const input = { fileName: name, sizeBytes: 1, title: name, note: name, tags: [name], mimeType: name }
      const { mediaUploadCreate: result } = await editor.send(MediaUploadCreateDocument, { input })
      const fileName = cleanFileName(name, 255)
      const note = cleanLines(name) || null
      const invalidFields = [...(isName(fileName) ? [] : ['fileName']), ...((note?.length ?? 0) > 2000 ? ['note'] : [])]
      if (result.__typename !== 'UploadTicket') return expect(pathsOf(result)).toEqual(invalidFields)
      const tag = cleanLine(name, 64)
      expect(
        await world.runtime.ports.database.upload.findUnique({ where: { id: uuidOf(result.upload.id) } }),
      ).toMatchObject({ fileName, note, title: cleanLine(name, 500) || null, tags: tag === '' ? [] : [tag] })
    }))

  it('is stored cleaned as the name of a folder, or refused', async ({ addFolder, addFolderId }) => {
    await checkAll(async (name) => {
      const parentId = await addFolderId(`parent ${crypto.randomUUID()}`)
      const folder = await addFolder(name, parentId)
      const expected = cleanLine(name, 255)
      if (!isName(expected)) return expect(pathsOf(folder)).toEqual(['name'])
      expect(folder).toMatchObject({ name: expected })
      expect((await addFolder(`\u200F ${name}\n`, parentId)).__typename).toBe('StateConflictError')
    })
  })

  it('finds itself as a tag', ({ users: { editor }, mediaId: id }) =>
    checkAll(async (tag) => {
      const { mediaUpdate } = await editor.send(MediaUpdateDocument, { input: { id, tags: [tag, `${tag}\u200E `] } })
      const name = cleanLine(tag, 64)
      expect(mediaUpdate).toMatchObject({ tags: name === '' ? [] : [name] })
      if (name === '') return
      for (const filter of [{ tagsAny: [tag] }, { tagsAll: [tag, `\t${tag}`] }])
        expect((await editor.send(MediaListDocument, { filter })).mediaList.totalCount).toBe(1)
      const { tags } = await editor.send(TagsDocument, { search: name, first: 100 })
      expect(tags.map((found) => found.name)).toContain(name)
    }))

  it('is stored cleaned as the title of a resource, or as null', ({ users: { editor, viewer }, mediaId }) =>
    checkAll(async (title) => {
      const resource = newResource()
      const usage = await link(editor, mediaId, { ...resource, title })
      expect(usage.__typename).toBe('MediaUsage')
      expect(await readResource(viewer, toRef(resource))).toMatchObject({ title: cleanLine(title, 500) || null })
    }))

  it('is stored cleaned as the name of a user, or refused as empty', ({ users: { editor } }) =>
    checkAll(async (name) => {
      const user = await upsert(editor, { externalId: 'any-name', name })
      const expected = cleanLine(name, 255)
      if (expected === '') return expect(pathsOf(user)).toEqual(['name'])
      expect(user).toMatchObject({ name: expected })
    }))

  it('is stored cleaned as the name in a token', ({ world }) =>
    checkAll(async (name) => {
      const sub = crypto.randomUUID()
      const token = await makeToken(testSecret, { sub, name, role: 'viewer', kind: 'person', expires: '1h' })
      const { data } = await world.post(token, '{ viewer { name } }')
      expect(data).toEqual({ viewer: { name: cleanLine(name, 255) || sub } })
    }))

  it('can be searched for, or is too long', async ({ world }) => {
    const token = await world.token('admin', 'Root')
    const query = `query ($text: String) {
      mediaList(filter: { search: $text }) { totalCount } courses(search: $text) { totalCount }
      tags(search: $text) { name } users(search: $text) { totalCount } }`
    await checkAll(async (search) => {
      const { errors = [] } = await world.post(token, query, { text: search })
      expect(errors.filter(({ extensions }) => extensions?.code !== 'INVALID_INPUT')).toEqual([])
      if (cleanLine(search, 1000).length <= 16) expect(errors).toEqual([])
    })
  })
})

describe('mediaLink', () => {
  it.for<[string, string, string | null]>([
    ['a line break', 'Chapter 1\r\nTides', 'Chapter 1 Tides'],
    ['a direction mark', '\u200F\u05D2\u05D0\u05D5\u05EA 1', '\u05D2\u05D0\u05D5\u05EA 1'],
    ['an empty title', '', null],
    ['a blank title', ' \u00A0\t', null],
    ['600 characters', 'x'.repeat(600), 'x'.repeat(500)],
  ])('keeps the usage of a resource with %s', async ([, title, expected], { world, users: { editor, viewer } }) => {
    const id = await seedMediaId(world)
    const [lesson, course] = [newResource(), newResource('course')]
    await link(editor, id, { ...lesson, title, parent: { ...course, title } })
    expect(await readUse(viewer, id)).toMatchObject({ usageCount: 1 })
    for (const resource of [lesson, course])
      expect(await readResource(viewer, toRef(resource))).toMatchObject({ title: expected })
  })

  it('clears a title by an empty one', async ({ users: { editor, viewer }, mediaId }) => {
    const lesson = newResource()
    await link(editor, mediaId, { ...lesson, title: 'Tides' })
    await link(editor, mediaId, { ...lesson, title: '' })
    expect(await readResource(viewer, toRef(lesson))).toMatchObject({ title: null })
  })
})

describe('a file with a Hebrew name and a direction mark', () => {
  const fileName = '\u200F\u05E9\u05D9\u05E2\u05D5\u05E8 1\u200E.txt'
  const cleaned = '\u05E9\u05D9\u05E2\u05D5\u05E8 1.txt'

  it('can be uploaded', async ({ world, users: { editor } }) => {
    const id = await world.upload(editor, Buffer.from('shalom'), { fileName })
    const { media } = await editor.send(DescribedDocument, { id })
    expect(media).toMatchObject({ title: cleaned, fileName: cleaned })
  })

  it('can be uploaded by a plain tus client', async ({ world }) => {
    const response = await fetch(`${world.origin}/uploads`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.token('editor', 'Ada')}`,
        'tus-resumable': '1.0.0',
        'upload-length': '6',
        'upload-metadata': `filename ${Buffer.from(fileName).toString('base64')}`,
      },
    })
    expect(response.status).toBe(201)
    const id = response.headers.get('location')?.split('/').at(-1) ?? ''
    expect(await world.runtime.ports.database.upload.findUnique({ where: { id } })).toMatchObject({ fileName: cleaned })
  })
})

describe('a name that equals another one after cleaning', () => {
  it('is refused for a new folder', async ({ addFolder }) => {
    await addFolder('Tides and waves')
    expect((await addFolder(' tides\u2028and \u200Ewaves')).__typename).toBe('StateConflictError')
  })

  it('is refused for a folder that is renamed', async ({ users: { editor }, addFolder, addFolderId }) => {
    await addFolder('Algebra')
    const id = await addFolderId('Geometry')
    const { folderUpdate } = await editor.send(FolderUpdateDocument, { input: { id, name: '\u202AAlgebra\u202C' } })
    expect(folderUpdate.__typename).toBe('StateConflictError')
  })

  it('is refused for a folder that is moved', async ({ users: { editor }, addFolder, addFolderId }) => {
    const parentId = await addFolderId('Physics')
    await addFolder('Optics', parentId)
    const id = await addFolderId('Optics\uFEFF')
    const { folderUpdate } = await editor.send(FolderUpdateDocument, { input: { id, parentId } })
    expect(folderUpdate.__typename).toBe('StateConflictError')
  })
})

describe('a bulk operation', () => {
  it('refuses a filter whose search is empty after cleaning', async ({ users: { editor } }) => {
    const input = { target: { filter: { search: '\u200E ' } }, add: ['x'] }
    expect(pathsOf((await editor.send(MediaBulkTagDocument, { input })).mediaBulkTag)).toEqual(['target.filter'])
  })

  it('refuses tags of which nothing remains', async ({ users: { editor }, mediaId }) => {
    const input = { target: { ids: [mediaId] }, add: ['\u200E'], remove: [''] }
    expect(pathsOf((await editor.send(MediaBulkTagDocument, { input })).mediaBulkTag)).toEqual(['add'])
  })
})

describe('a search for nothing', () => {
  it.for(['', ' ', '\u200F'])('lists all media: %j', async (search, { users: { editor }, mediaId }) => {
    expect(mediaId).toBeDefined()
    const { mediaList: all } = await editor.send(MediaListDocument, {})
    expect((await editor.send(MediaListDocument, { filter: { search } })).mediaList).toEqual(all)
  })
})
