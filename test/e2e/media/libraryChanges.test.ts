import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { FolderCreateDocument, FolderUpdateDocument, MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { unknownId } from '../../harness/ids.ts'
import { link, newResource, toRef } from '../../harness/links.ts'
import { seedUserId } from '../../harness/seed.ts'
import { readEvents } from '../../server/serverWorld.ts'
import { it, tag, waitForOperation } from '../operation/calls.ts'
import { remove, restore } from '../trash/calls.ts'
import { openLiveList, waitUntilEqual } from './liveList.ts'

const document = 'subscription Changes($filter: MediaFilter) { libraryChanges(filter: $filter) { kind mediaId } }'

const createFolder = async (client: Client, name: string): Promise<string> => {
  const { folderCreate } = await client.send(FolderCreateDocument, { input: { name } })
  if (folderCreate.__typename !== 'Folder') throw new Error(`refused: ${folderCreate.message}`)
  return folderCreate.id
}

const csv = Buffer.from('name;points\nZoë;12\n')

describe('libraryChanges', () => {
  it('refuses a caller without a token', async ({ world }) => {
    const { errors } = await world.post(null, document)
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it('refuses an id of another type in the filter', async ({ users: { viewer } }) => {
    await expect(openLiveList(viewer, { folderId: unknownId('Media') })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'filter.folderId' }] } }],
    })
  })

  it('refuses a viewer who follows what is assigned to another user', async ({ world, users: { viewer } }) => {
    const assignedToId = await seedUserId(world)
    await expect(openLiveList(viewer, { assignedToId })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    })
  })

  it('begins with an empty list', async ({ users: { viewer } }) => {
    const list = await openLiveList(viewer, {})
    expect(list.events[0]).toEqual([])
  })

  it('begins with an empty list over an event stream', async ({ world }) => {
    const stream = new AbortController()
    const response = await fetch(world.graphqlUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.token('viewer', 'Vera')}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: document }),
      signal: stream.signal,
    })
    const { value } = await readEvents(response).next()
    stream.abort()
    expect(value).toEqual({ data: { libraryChanges: [] } })
  })

  it('reports an upload to a viewer', async ({ world, users: { viewer, editor } }) => {
    const list = await openLiveList(viewer, { kinds: ['DOCUMENT'] })
    const id = await world.upload(editor, csv, { fileName: 'points.csv', title: 'Points' })
    await list.until(() => list.kindsOf(id).length > 0)
    expect(list.kindsOf(id)[0]).toBe('ADDED')
    await list.until(() => list.content().some((media) => media.id === id && media.status === 'READY'))
    expect(list.content().find((media) => media.id === id)?.title).toBe('Points')
  })

  it('reports the examination of a file to those who follow READY media', async ({ world, users: { editor } }) => {
    const list = await openLiveList(editor, { statuses: ['READY'] })
    const id = await world.upload(editor, csv, { fileName: 'ready.csv' })
    await list.until(() => list.kindsOf(id).length > 0)
    expect(list.kindsOf(id)).toEqual(['ADDED'])
  })

  it('reports several changes of one media within a second as one', async ({ users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    const list = await openLiveList(editor, { tagsAll: ['coalesced'] })
    for (const title of ['one', 'two', 'three'])
      await editor.send(MediaUpdateDocument, { input: { id, title, tags: ['coalesced'] } })
    await list.until(() => list.kindsOf(id).length > 0)
    expect(list.changes()).toMatchObject([{ kind: 'ADDED', mediaId: id, media: { title: 'three' } }])
  })

  it('reports a media that leaves the filter without the media', async ({ users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    await editor.send(MediaUpdateDocument, { input: { id, tags: ['leaving'] } })
    const list = await openLiveList(editor, { tagsAll: ['leaving'] })
    await editor.send(MediaUpdateDocument, { input: { id, tags: [] } })
    await list.until(() => list.kindsOf(id).length > 0)
    expect(list.changes()).toEqual([{ kind: 'REMOVED', mediaId: id, media: null }])
  })

  it('reports nothing about media that match neither before nor after a change', async ({
    users: { editor },
    createOwnMedia,
  }) => {
    const [inside = '', outside = ''] = await createOwnMedia(2)
    const list = await openLiveList(editor, { tagsAll: ['inside'] })
    // Once this is reported, the creation of both was checked: it is no second change.
    await editor.send(MediaUpdateDocument, { input: { id: inside, tags: ['inside'] } })
    await list.until(() => list.changes().length > 0)
    await editor.send(MediaUpdateDocument, { input: { id: outside, title: 'Outside', tags: ['outside'] } })
    await editor.send(MediaUpdateDocument, { input: { id: inside, title: 'Inside' } })
    await list.until(() => list.changes().length > 1)
    expect(list.changes().map(({ mediaId }) => mediaId)).toEqual([inside, inside])
  })

  it('reports a deletion to those who follow the trash', async ({ users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    const [library, trash] = [await openLiveList(editor, {}), await openLiveList(editor, { trashed: true })]
    await remove(editor, { id })
    await trash.until(() => trash.kindsOf(id).length > 0)
    await library.until(() => library.kindsOf(id).length > 0)
    await restore(editor, id)
    await trash.until(() => trash.kindsOf(id).length > 1)
    await library.until(() => library.kindsOf(id).length > 1)
    expect(trash.kindsOf(id)).toEqual(['ADDED', 'REMOVED'])
    expect(library.kindsOf(id)).toEqual(['REMOVED', 'ADDED'])
  })

  it('reports media of a course whose chapter moves there', async ({ users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    const [course, chapter] = [newResource('course'), newResource('chapter')]
    await link(editor, id, chapter)
    const [other = ''] = await createOwnMedia(1)
    await link(editor, other, course)
    const list = await openLiveList(editor, { usedIn: toRef(course) })
    await link(editor, other, { ...chapter, parent: course })
    // A removal may precede it: while folders or resources are new, it is unknown whether the media matched before.
    await list.until(() => list.kindsOf(id).includes('ADDED'))
    expect(list.content().map((media) => media.id)).toContain(id)
  })

  it('reports media of a folder that moves into the followed one', async ({ users: { editor }, createOwnMedia }) => {
    const [outer, inner] = [await createFolder(editor, 'Outer'), await createFolder(editor, 'Inner')]
    const [id = ''] = await createOwnMedia(1)
    await editor.send(MediaUpdateDocument, { input: { id, folderId: inner } })
    const list = await openLiveList(editor, { inFolder: outer })
    await editor.send(FolderUpdateDocument, { input: { id: inner, parentId: outer } })
    // A removal may precede it: while folders or resources are new, it is unknown whether the media matched before.
    await list.until(() => list.kindsOf(id).includes('ADDED'))
    expect(list.content().map((media) => media.id)).toContain(id)
  })

  it('follows the correction of a mistyped search', async ({ users: { editor }, createOwnMedia }) => {
    const [correct = '', mistyped = ''] = await createOwnMedia(2)
    const filter = { search: 'jazy' }
    await editor.send(MediaUpdateDocument, { input: { id: correct, title: 'Jazz' } })
    const list = await openLiveList(editor, filter)
    expect(list.content().map(({ id }) => id)).toEqual([correct])
    // The word is known now: the search is not corrected any more.
    await editor.send(MediaUpdateDocument, { input: { id: mistyped, title: 'Jazy' } })
    await waitUntilEqual(editor, filter, list)
    expect(list.content().map(({ id }) => id)).toEqual([mistyped])
    expect(list.kindsOf(correct).at(-1)).toBe('REMOVED')
  })

  it('reports each media of a bulk operation once, in events of at most 100', async ({
    users: { editor },
    createOwnMedia,
  }) => {
    const ids = await createOwnMedia(330)
    const list = await openLiveList(editor, { tagsAny: ['bulk'] })
    await waitForOperation(editor, await tag(editor, { ids }, ['bulk']))
    await list.until(() => list.changes().length >= ids.length)
    expect(
      list
        .changes()
        .map(({ kind, mediaId }) => `${mediaId} ${kind}`)
        .toSorted(),
    ).toEqual(ids.map((id) => `${id} ADDED`).toSorted())
    expect(Math.max(...list.events.map(({ length }) => length))).toBe(100)
  })
})
