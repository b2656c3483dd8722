import { describe, expect, it } from 'vitest'
import {
  hasConditions,
  parseLibrarySearch,
  toCourseKey,
  toMediaFilter,
  toMediaOrder,
  writeCourseKey,
} from '../../console/src/parts/library/search.ts'

describe('an address of the library', () => {
  it('drops what it does not know', () => {
    const parsed = parseLibrarySearch({
      kind: ['VIDEO', 'FILM'],
      view: 'cards',
      month: '2026-13',
      sort: 7,
      tag: [1, ''],
    })
    expect(Object.values(parsed).filter((value) => value !== undefined)).toEqual([['VIDEO']])
  })

  it('reads a search for a number, which the address does not tell from a text', () => {
    expect(parseLibrarySearch({ search: 2026 }).search).toBe('2026')
  })

  it('names courses with slashes in their ids', () => {
    const key = { source: 'moodle', type: 'course', externalId: 'a/b c' }
    expect(toCourseKey(writeCourseKey(key))).toEqual(key)
  })
})

describe('the filter of a search', () => {
  it('selects the media of a month in UTC', () => {
    expect(toMediaFilter({ month: '2026-12' })).toMatchObject({
      uploadedAfter: '2026-12-01T00:00:00.000Z',
      uploadedBefore: '2027-01-01T00:00:00.000Z',
    })
  })

  it('selects the root by atRoot, since null does not restrict', () => {
    expect(toMediaFilter({ folder: 'root' })).toMatchObject({ atRoot: true })
  })

  it('has no condition if only the view is chosen', () => {
    expect(hasConditions({ view: 'table', sort: 'TITLE', media: 'Media:1' })).toBe(false)
  })
})

describe('the order of a search', () => {
  it('is by relevance while a text is searched', () => {
    expect(toMediaOrder({ search: 'cell' })).toEqual({ by: 'RELEVANCE', direction: 'DESC' })
  })

  it('lists the newest first if relevance was chosen without a text', () => {
    expect(toMediaOrder({ sort: 'RELEVANCE' })).toEqual({ by: 'UPLOADED_AT', direction: 'DESC' })
  })

  it('lists titles from A to Z', () => {
    expect(toMediaOrder({ sort: 'TITLE' })).toEqual({ by: 'TITLE', direction: 'ASC' })
  })
})
