import { describe, expect, it } from 'vitest'
import { daysUntil, parseTrashSearch, toTrashOrder } from '../../console/src/screens/trash/trashSearch.ts'

describe('parseTrashSearch', () => {
  it('keeps a text that looks like a number', () => {
    expect(parseTrashSearch({ search: 2026 })).toEqual({ search: '2026', sort: undefined })
  })

  it('drops an unknown order', () => {
    expect(parseTrashSearch({ sort: 'SIZE' }).sort).toBeUndefined()
  })
})

describe('toTrashOrder', () => {
  it('lists what was deleted last first by default', () => {
    expect(toTrashOrder({})).toEqual({ by: 'DELETED_AT', direction: 'DESC' })
  })

  it('lists what is purged first at the top', () => {
    expect(toTrashOrder({ sort: 'PURGE_AT' })).toEqual({ by: 'PURGE_AT', direction: 'ASC' })
  })
})

describe('daysUntil', () => {
  const now = Date.parse('2026-11-29T12:00:00Z')

  it.for([
    ['a day and a moment', '2026-11-30T12:00:01Z', 2],
    ['a moment', '2026-11-29T12:00:01Z', 1],
    ['a time that has passed', '2026-11-28T00:00:00Z', 0],
  ] as const)('counts %s', ([, iso, days]) => {
    expect(daysUntil(iso, now)).toBe(days)
  })
})
