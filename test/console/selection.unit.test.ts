import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSelection } from '../../console/src/state/selection.ts'

describe('a selection', () => {
  it('by ids becomes the ids of a bulk operation', () => {
    const selection = createSelection().getState()
    selection.change(['a', 'b'], true)
    selection.toggle('a')
    expect(selection.toBulkInput()).toEqual({ ids: ['b'] })
  })

  it('of all becomes a filter with its exceptions', () => {
    const selection = createSelection().getState()
    selection.selectAll({ search: 'lecture' }, 98_021)
    selection.change(['a', 'b'], false)
    selection.toggle('b')
    expect(selection.toBulkInput()).toEqual({
      filter: { search: 'lecture' },
      expectedCount: 98_021,
      exceptIds: ['a'],
    })
  })

  it('of all keeps an exception that has left the list, since it may return', () => {
    const selection = createSelection().getState()
    selection.selectAll({ statuses: ['READY'] }, 3)
    selection.change(['a'], false)
    selection.forget(['a'])
    expect(selection.toBulkInput()).toMatchObject({ exceptIds: ['a'] })
  })

  it('of all counts what its exceptions leave', () => {
    const selection = createSelection().getState()
    selection.selectAll({}, 10)
    selection.change(['a', 'b'], false)
    expect(selection.selectedCount()).toBe(8)
  })

  it('of at most one media keeps the last one', () => {
    const selection = createSelection({ max: 1 }).getState()
    selection.toggle('a')
    selection.toggle('b')
    expect(selection.toBulkInput()).toEqual({ ids: ['b'] })
  })

  it('of at most two media ignores a third one', () => {
    const selection = createSelection({ max: 2 }).getState()
    selection.change(['a', 'b', 'c'], true)
    expect(selection.toBulkInput()).toEqual({ ids: ['a', 'b'] })
  })

  it('drops media that have left the library', () => {
    const selection = createSelection().getState()
    selection.replace(['a', 'b'])
    selection.forget(['b', 'unknown'])
    expect(selection.toBulkInput()).toEqual({ ids: ['a'] })
  })

  it('holds exactly the media that were toggled an odd number of times', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (toggles) => {
        const selection = createSelection().getState()
        for (const id of toggles) selection.toggle(id)
        const odd = ['a', 'b', 'c', 'd'].filter((id) => toggles.filter((one) => one === id).length % 2 === 1)
        expect(['a', 'b', 'c', 'd'].filter(selection.isSelected)).toEqual(odd)
      }),
    )
  })
})
