import { QueryClient } from '@tanstack/react-query'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keys } from '../../console/src/api/keys.ts'
import {
  endedSince,
  laterOf,
  mergeOperations,
  type Operation,
  patchOperations,
} from '../../console/src/data/operationCache.ts'

const operationAt = (id: string, processed: number, change: Partial<Operation> = {}): Operation => ({
  id,
  kind: 'media.tag',
  summary: `Operation ${id}`,
  status: processed === 10 ? 'COMPLETED' : 'RUNNING',
  total: 10,
  processed,
  succeeded: processed,
  failed: 0,
  percent: processed * 10,
  createdAt: `2026-11-29T10:00:0${id}.000Z`,
  finishedAt: processed === 10 ? '2026-11-29T10:01:00.000Z' : null,
  requestedBy: null,
  ...change,
})

describe('laterOf', () => {
  it('prefers the state that has ended', () => {
    const cancelled = operationAt('1', 3, { status: 'CANCELLED', finishedAt: '2026-11-29T10:00:30.000Z' })
    expect(laterOf(operationAt('1', 4), cancelled)).toBe(cancelled)
  })

  it('prefers the state with more processed items', () => {
    expect(laterOf(operationAt('1', 4), operationAt('1', 3)).processed).toBe(4)
  })
})

describe('mergeOperations', () => {
  it('ends with the latest state of each operation in any order of arrival', () => {
    const states = ['1', '2', '3'].flatMap((id) => [0, 2, 5, 10].map((processed) => operationAt(id, processed)))
    fc.assert(
      fc.property(fc.shuffledSubarray(states, { minLength: states.length }), (arrivals) => {
        const list = arrivals.reduce((merged: Operation[], state) => mergeOperations(merged, [state], true), [])
        expect(list.map(({ id, processed }) => [id, processed])).toEqual([
          ['3', 10],
          ['2', 10],
          ['1', 10],
        ])
      }),
    )
  })

  it('ignores operations of other pages', () => {
    expect(mergeOperations([operationAt('2', 1)], [operationAt('1', 1)], false)).toHaveLength(1)
  })
})

describe('endedSince', () => {
  it('finds operations that were running before', () => {
    const ended = endedSince([operationAt('2', 3), operationAt('1', 3)], [operationAt('2', 3), operationAt('1', 10)])
    expect(ended.map(({ id }) => id)).toEqual(['1'])
  })

  it('finds operations that began and ended in between', () => {
    expect(endedSince([operationAt('1', 10)], [operationAt('2', 10), operationAt('1', 10)])).toHaveLength(1)
  })

  it('leaves out older operations that were listed later', () => {
    expect(endedSince([operationAt('2', 10)], [operationAt('2', 10), operationAt('1', 10)])).toEqual([])
  })
})

describe('patchOperations', () => {
  const pageOf = (...nodes: Operation[]) => ({
    operations: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
  })

  it('changes an operation on the page that lists it', () => {
    const queryClient = new QueryClient()
    const pages = [pageOf(operationAt('3', 10), operationAt('2', 10)), pageOf(operationAt('1', 1))]
    queryClient.setQueryData(keys.operationList, { pages, pageParams: [null, 'after'] })
    patchOperations(queryClient, [operationAt('1', 7)])
    const data = queryClient.getQueryData<{ pages: typeof pages }>(keys.operationList)
    const listed = data?.pages.map(({ operations }) => operations.nodes.map(({ id, processed }) => [id, processed]))
    expect(listed).toEqual([
      [
        ['3', 10],
        ['2', 10],
      ],
      [['1', 7]],
    ])
  })

  it('adds a new operation to the first page', () => {
    const queryClient = new QueryClient()
    const pages = [pageOf(operationAt('2', 10)), pageOf(operationAt('1', 10))]
    queryClient.setQueryData(keys.operationList, { pages, pageParams: [null, 'after'] })
    patchOperations(queryClient, [operationAt('3', 0)])
    const data = queryClient.getQueryData<{ pages: typeof pages }>(keys.operationList)
    expect(data?.pages.map(({ operations }) => operations.nodes.map(({ id }) => id))).toEqual([['3', '2'], ['1']])
  })

  it('creates no list before one was read', () => {
    const queryClient = new QueryClient()
    patchOperations(queryClient, [operationAt('1', 0)])
    expect(queryClient.getQueryData(keys.recentOperations)).toBeUndefined()
  })
})
