import { describe, expect } from 'vitest'
import {
  MediaBulkLinkDocument,
  MediaBulkMoveDocument,
  OperationDocument,
  OperationsDocument,
  ResourceDeleteDocument,
} from '../../../client/generated/documents.ts'
import { it, tag, waitForOperation } from './calls.ts'

describe('the summary of an operation', () => {
  it('names the added tag', async ({ users: { editor }, createOwnMedia }) => {
    const operation = await waitForOperation(
      editor,
      await tag(editor, { ids: await createOwnMedia(2) }, ['spring term']),
    )
    expect(operation.summary).toBe('Add tag "spring term" to 2 media')
  })

  it('names a folder as it was called at the time of the request', async ({
    world,
    users: { editor },
    createOwnMedia,
  }) => {
    const { folder } = world.runtime.ports.database
    const { id } = await folder.create({ data: { name: 'Autumn' } })
    const input = { target: { ids: await createOwnMedia(1) }, folderId: `Folder:${id}` }
    const operation = await waitForOperation(
      editor,
      (await editor.send(MediaBulkMoveDocument, { input })).mediaBulkMove,
    )
    await folder.update({ where: { id }, data: { name: 'Winter' } })
    const { operation: later } = await editor.send(OperationDocument, { id: operation.id })
    expect(later?.summary).toBe('Move 1 media to folder "Autumn"')
  })

  it('names a resource that was deleted since', async ({ users: { editor }, createOwnMedia }) => {
    const ref = { type: 'lesson', externalId: 'summary' }
    const link = async (resource: typeof ref & { title?: string }) => {
      const input = { target: { ids: await createOwnMedia(1) }, resource }
      return waitForOperation(editor, (await editor.send(MediaBulkLinkDocument, { input })).mediaBulkLink)
    }
    await link({ ...ref, title: 'Cells' })
    // The second request does not name the title.
    const { id } = await link(ref)
    await editor.send(ResourceDeleteDocument, { ref })
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation?.summary).toBe('Link 1 media to lesson "Cells"')
  })

  it('is listed for twenty operations in as many statements as for one', async ({ world, createOwnMedia }) => {
    const reader = await world.client('editor', 'Ada')
    const ids = await createOwnMedia(1)
    for (let count = 0; count < 20; count++)
      await waitForOperation(reader, await tag(reader, { ids }, [`tag ${count}`]))
    const list = async (first: number) => {
      world.statements.length = 0
      const { nodes } = (await reader.send(OperationsDocument, { first })).operations
      return { summaries: nodes.map(({ summary }) => summary), statements: world.statements.length }
    }
    await list(1)
    const [one, twenty] = [await list(1), await list(20)]
    expect(twenty.summaries).toEqual(Array.from({ length: 20 }, (_, index) => `Add tag "tag ${19 - index}" to 1 media`))
    expect(twenty.statements).toBe(one.statements)
  })
})
