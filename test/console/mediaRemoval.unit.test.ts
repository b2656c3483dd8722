import { QueryClient } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { keys } from '../../console/src/api/keys.ts'
import { removeFromLibrary, removeFromTrash } from '../../console/src/data/mediaRemoval.ts'
import { windowAtStart } from '../../console/src/data/mediaWindow.ts'

interface Identified {
  id: string
}

const listOf = (...ids: string[]) =>
  windowAtStart<Identified>({ items: ids.map((id) => ({ id })), startCursor: 'first', endCursor: 'last' }, true)

const trashOf = (...ids: string[]) => ({
  pages: [{ mediaList: { nodes: ids.map((id) => ({ id })) } }],
  pageParams: [null],
})

const libraryOf = (queryClient: QueryClient) =>
  queryClient.getQueriesData<{ items: Identified[] }>({ queryKey: keys.allMediaLists }).map(([, data]) => data?.items)

describe('removeFromLibrary', () => {
  it('takes a media out of every list', async () => {
    const queryClient = new QueryClient()
    queryClient.setQueryData(keys.mediaList({ used: false }, {}), listOf('1', '2'))
    queryClient.setQueryData(keys.mediaList({}, {}), listOf('2'))
    await removeFromLibrary(queryClient, new Set(['2']))
    expect(libraryOf(queryClient)).toEqual([[{ id: '1' }], []])
  })

  it('puts the media back after a refusal', async () => {
    const queryClient = new QueryClient()
    queryClient.setQueryData(keys.mediaList({}, {}), listOf('1', '2'))
    const putBack = await removeFromLibrary(queryClient, new Set(['1']))
    putBack()
    expect(libraryOf(queryClient)).toEqual([[{ id: '1' }, { id: '2' }]])
  })

  it('reads a list again that changed before the refusal', async () => {
    const queryClient = new QueryClient()
    const queryKey = keys.mediaList({}, {})
    queryClient.setQueryData(queryKey, listOf('1', '2'))
    const putBack = await removeFromLibrary(queryClient, new Set(['1']))
    queryClient.setQueryData(queryKey, listOf('2', '3'))
    putBack()
    expect(queryClient.getQueryState(queryKey)?.isInvalidated).toBe(true)
  })
})

describe('removeFromTrash', () => {
  it('takes a restored media out of the trash', async () => {
    const queryClient = new QueryClient()
    queryClient.setQueryData(keys.trashList({}, {}), trashOf('1', '2'))
    await removeFromTrash(queryClient, new Set(['1']))
    expect(queryClient.getQueryData(keys.trashList({}, {}))).toEqual(trashOf('2'))
  })
})
