import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument, MediaUnlinkDocument, NodesDocument } from '../../../client/generated/documents.ts'
import { link, newResource } from '../../harness/links.ts'
import { it } from '../../harness/mediaIt.ts'
import { readMedia, type World } from '../../harness/world.ts'
import { readUse, remove, restore } from './calls.ts'

describe('a media in the trash', () => {
  /** Uploads two media with the same content. */
  const uploadTwins = async (world: World, editor: Client, content: string) => {
    const bytes = Buffer.from(content)
    const id = await world.upload(editor, bytes, { fileName: 'deleted.txt' })
    return { id, twin: await world.upload(editor, bytes, { fileName: 'twin.txt', allowDuplicate: true }) }
  }

  it('is not listed', async ({ users: { viewer, editor }, createMedia }) => {
    const id = await createMedia()
    const { mediaList: previous } = await viewer.send(MediaListDocument, { first: 100 })
    await remove(editor, { id })
    const { mediaList } = await viewer.send(MediaListDocument, { first: 100 })
    expect(mediaList.totalCount).toBe(previous.totalCount - 1)
    expect(mediaList.edges.map(({ node }) => node.id)).not.toContain(id)
  })

  it('is not readable as a node, nor are its versions', async ({ users: { viewer, editor }, createMedia }) => {
    const id = await createMedia()
    const { versions } = await readMedia(editor, id)
    const versionId = versions.nodes[0]?.id ?? ''
    await remove(editor, { id })
    expect((await viewer.send(NodesDocument, { ids: [id, versionId] })).nodes).toEqual([null, null])
  })

  it('is readable only if trashed media are requested', async ({ users: { viewer, editor }, createMedia }) => {
    const id = await createMedia()
    await remove(editor, { id })
    expect(await readUse(viewer, id)).toBeNull()
    expect((await readUse(viewer, id, true))?.deletedAt).not.toBeNull()
  })

  it('is not listed among the duplicates of other media', async ({ world, users: { editor } }) => {
    const { id, twin } = await uploadTwins(world, editor, 'not a duplicate in the trash')
    expect((await readMedia(editor, twin)).duplicates).toHaveLength(1)
    await remove(editor, { id })
    expect((await readMedia(editor, twin)).duplicates).toEqual([])
  })

  it('is not delivered until it is restored', async ({ world, users: { editor } }) => {
    const { id } = await uploadTwins(world, editor, 'not delivered in the trash')
    const { url } = await readMedia(editor, id)
    expect((await fetch(url)).status).toBe(200)
    await remove(editor, { id })
    expect((await fetch(url)).status).toBe(404)
    await restore(editor, id)
    expect((await fetch(url)).status).toBe(200)
  })

  it('cannot be linked', async ({ users: { editor }, createMedia }) => {
    const id = await createMedia()
    await remove(editor, { id })
    expect((await link(editor, id, newResource())).__typename).toBe('NotFoundError')
  })

  it('cannot be unlinked', async ({ users: { editor }, createMedia }) => {
    const id = await createMedia()
    await remove(editor, { id })
    const input = { mediaId: id, resource: newResource() }
    expect((await editor.send(MediaUnlinkDocument, { input })).mediaUnlink.__typename).toBe('NotFoundError')
  })
})
