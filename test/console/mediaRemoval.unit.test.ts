import { QueryClient } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { keys } from '../../console/src/api/keys.ts'
import { removeFromLists, withoutMedia } from '../../console/src/data/mediaRemoval.ts'

const listOf = (...ids: string[]) => ({
  pages: [{ mediaList: { nodes: ids.map((id) => ({ id })) } }],
  pageParams: [null],
})

describe('withoutMedia', () => {
  it('takes media out of the pages of a list', () => {
    expect(withoutMedia(listOf('1', '2', '3'), new Set(['2']))).toEqual(listOf('1', '3'))
  })

  it('returns the same object if nothing is removed', () => {
    const list = listOf('1')
    expect(withoutMedia(list, new Set(['2']))).toBe(list)
  })
})

describe('removeFromLists', () => {
  it('takes a media out of every list', async () => {
    const queryClient = new QueryClient()
    queryClient.setQueryData(keys.mediaList({ used: false }, {}), listOf('1', '2'))
    queryClient.setQueryData(keys.mediaList({}, {}), listOf('2'))
    await removeFromLists(queryClient, keys.allMediaLists, new Set(['2']))
    const lists = queryClient.getQueriesData({ queryKey: keys.allMediaLists })
    expect(lists.map(([, data]) => data)).toEqual([listOf('1'), listOf()])
  })

  it('puts the media back after a refusal', async () => {
    const queryClient = new QueryClient()
    queryClient.setQueryData(keys.mediaList({}, {}), listOf('1', '2'))
    const putBack = await removeFromLists(queryClient, keys.allMediaLists, new Set(['1']))
    putBack()
    expect(queryClient.getQueryData(keys.mediaList({}, {}))).toEqual(listOf('1', '2'))
  })
})
