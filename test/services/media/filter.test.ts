import { describe, expect, it } from 'vitest'
import { MediaKind, MediaStatus, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { isEmptyFilter, type MediaFilter, parseFilter } from '../../../src/services/media/filter.ts'

const now = new Date('2026-11-25T12:00:00Z')
const id = '019a5b3c-0000-7000-8000-000000000000'

/** For each field what chooses nothing, and what does. Absent and null never do. */
const cases: { [Field in keyof MediaFilter]-?: { empty: MediaFilter[Field][]; chosen: MediaFilter[Field][] } } = {
  search: { empty: ['', '  '], chosen: ['a', '!'] },
  kinds: { empty: [[], Object.values(MediaKind)], chosen: [['VIDEO'], ['VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT']] },
  mimeType: { empty: [], chosen: ['video/mp4'] },
  statuses: { empty: [[], Object.values(MediaStatus)], chosen: [['FAILED'], ['READY', 'FAILED']] },
  renditionStatuses: { empty: [[]], chosen: [['READY'], Object.values(RenditionStatus)] },
  tagsAll: { empty: [[]], chosen: [['a']] },
  tagsAny: { empty: [[]], chosen: [['a']] },
  folderId: { empty: [], chosen: [`Folder:${id}`] },
  externalId: { empty: [], chosen: ['1'] },
  usedIn: { empty: [], chosen: [{ type: 'course', externalId: '1' }] },
  used: { empty: [], chosen: [true, false] },
  unusedForDays: { empty: [], chosen: [0, 30] },
  uploadedById: { empty: [], chosen: [`User:${id}`] },
  uploadedAfter: { empty: [new Date('1970-01-01'), new Date('0001-06-01')], chosen: [new Date('2020-01-01'), now] },
  uploadedBefore: { empty: [new Date('2026-11-26'), new Date('9999-01-01')], chosen: [now, new Date('2020-01-01')] },
  minSizeBytes: { empty: [0, -5, 1], chosen: [2, 1_000_000] },
  maxSizeBytes: { empty: [Number.MAX_SAFE_INTEGER], chosen: [0, 1_000_000] },
  sha256: { empty: [], chosen: ['ab'.repeat(32)] },
  trashed: { empty: [true, false], chosen: [] },
}

const isEmpty = (filter: MediaFilter): boolean => isEmptyFilter(parseFilter(filter), now)
const fields = Object.keys(cases) as (keyof MediaFilter)[] // the table's own keys

describe('a filter is empty', () => {
  it.each(fields)('by what %s means, not by its being there', (field) => {
    const { empty, chosen } = cases[field]
    for (const value of [null, undefined, ...empty]) expect(isEmpty({ [field]: value }), String(value)).toBe(true)
    for (const value of chosen) expect(isEmpty({ [field]: value }), String(value)).toBe(false)
  })

  it('when all of its fields are, and not when one of them chooses', () => {
    const all = Object.fromEntries(fields.map((field) => [field, cases[field].empty[0] ?? null]))
    expect(isEmpty(all)).toBe(true)
    expect(isEmpty({ ...all, tagsAny: ['a'] })).toBe(false)
  })
})
