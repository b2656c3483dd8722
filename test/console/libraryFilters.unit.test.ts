import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInFolder, toGroups } from '../../console/src/parts/library/groups.ts'
import {
  activeParts,
  countValues,
  type LibrarySearch,
  parseLibrarySearch,
  toCourseKey,
  toggled,
  toListFilter,
  toMediaFilter,
  withoutParts,
  writeCourseKey,
} from '../../console/src/parts/library/search.ts'

const uuid = '01a2287f-46d6-75fa-ad71-13658ccf534d'
const folder = `Folder:${uuid}`
const full: LibrarySearch = {
  search: 'bio',
  folder,
  direct: true,
  kind: ['VIDEO', 'AUDIO'],
  status: ['FAILED'],
  tag: ['exam'],
  used: true,
  course: 'moodle/course/1',
  by: `User:${uuid}`,
  month: '2026-11',
}

describe('the search of an address', () => {
  it('keeps every condition that it knows', () => {
    expect(parseLibrarySearch({ ...full })).toMatchObject(full)
  })

  it.for([
    { folder: 'Media:1' },
    { folder: 'somewhere' },
    { by: `Folder:${uuid}` },
    { course: '%' },
    { course: 'moodle/course' },
    { month: '2026-13' },
    { kind: ['SONG'] },
    { direct: 'true' },
    { media: '1' },
  ])('drops %o', (search) => {
    expect(activeParts(parseLibrarySearch(search))).toEqual([])
    expect(toMediaFilter(parseLibrarySearch(search))).toEqual(toMediaFilter({}))
  })

  it('keeps at most 50 tags, as the server does', () => {
    const tag = Array.from({ length: 60 }, (_, index) => `tag ${index}`)
    expect(parseLibrarySearch({ tag }).tag).toHaveLength(50)
  })

  it('is parsed without an error, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(full)), fc.anything()), (search) => {
        const parsed = parseLibrarySearch(search)
        expect(parseLibrarySearch({ ...parsed })).toEqual(parsed)
        toMediaFilter(parsed)
      }),
    )
  })
})

it('the key of a course is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), fc.string({ minLength: 1 })),
      (key) => {
        const [source, type, externalId] = key
        expect(toCourseKey(writeCourseKey({ source, type, externalId }))).toEqual({ source, type, externalId })
      },
    ),
  )
})

describe('the filter of a search', () => {
  it('includes subfolders unless only the folder itself is chosen', () => {
    expect(toMediaFilter({ folder })).toMatchObject({ inFolder: folder })
    expect(toMediaFilter({ folder, direct: true })).toMatchObject({ folderId: folder })
    expect(toMediaFilter({ folder: 'root', direct: true })).toMatchObject({ atRoot: true })
  })

  it('never shows other kinds than the list may show', () => {
    expect(toListFilter({}, ['VIDEO']).kinds).toEqual(['VIDEO'])
    expect(toListFilter({ kind: ['AUDIO', 'VIDEO'] }, ['VIDEO', 'IMAGE']).kinds).toEqual(['VIDEO'])
    expect(toListFilter({ kind: ['AUDIO'] }, ['VIDEO']).kinds).toEqual([])
  })
})

describe('conditions', () => {
  it('are counted by their values, without the text', () => {
    expect(countValues(full)).toBe(9 - 1 + 1)
    expect(countValues({ search: 'bio', sort: 'TITLE', view: 'table' })).toBe(0)
  })

  it('that are removed leave no filter behind', () => {
    const rest = { ...full, ...withoutParts(activeParts(full)) }
    expect(toMediaFilter(rest)).toEqual(toMediaFilter({}))
  })

  it('on a folder are removed together with the choice of its subfolders', () => {
    expect(withoutParts(['folder'])).toEqual({ folder: undefined, direct: undefined })
  })

  it('are switched on, and off again', () => {
    expect(toggled(undefined, 'a')).toEqual(['a'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
    expect(toggled(['a'], 'a')).toBeUndefined()
  })
})

describe('groups', () => {
  const words = { noFolder: 'None', month: (from: string) => from }
  const inner = { id: `Folder:${uuid.replace('01', '02')}`, name: 'Inner', ancestors: [{ id: folder, name: 'Outer' }] }

  it('by folder are named by their path and list only what lies directly in it', () => {
    const [first, none] =
      toGroups(
        'folder',
        {
          folders: [
            { count: 3, folder: inner },
            { count: 1, folder: null },
          ],
        },
        {},
        undefined,
        words,
      ) ?? []
    expect(first).toMatchObject({ title: 'Outer / Inner', count: 3, filter: { folderId: inner.id } })
    expect(none).toMatchObject({ title: 'None', filter: { atRoot: true } })
  })

  it('keep the other conditions of the search', () => {
    const facets = { months: [{ from: '2026-11-01T00:00:00.000Z', count: 2 }] }
    const [group] = toGroups('month', facets, { used: true }, ['VIDEO'], words) ?? []
    expect(group?.filter).toMatchObject({ used: true, kinds: ['VIDEO'], uploadedAfter: '2026-11-01T00:00:00.000Z' })
  })

  it('lie in the folder that is chosen', () => {
    expect(isInFolder({ folder: inner }, { folder })).toBe(true)
    expect(isInFolder({ folder: inner }, { folder, direct: true })).toBe(false)
    expect(isInFolder({ folder: null }, { folder })).toBe(false)
    expect(isInFolder({ folder: null }, { folder: 'root' })).toBe(true)
  })

  it('are those that the search names', () => {
    const months = ['2026-11', '2026-10'].map((month) => ({ from: `${month}-01T00:00:00.000Z`, count: 1 }))
    expect(toGroups('month', { months }, { month: '2026-10' }, undefined, words)).toHaveLength(1)
  })

  it('are not known before their facet has arrived', () => {
    expect(toGroups('course', {}, {}, undefined, words)).toBeUndefined()
  })
})
