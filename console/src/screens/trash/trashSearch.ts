import type { MediaFilter, MediaOrder } from '../../api/generated/documents.ts'

const trashSorts = ['DELETED_AT', 'PURGE_AT'] as const

type TrashSort = (typeof trashSorts)[number]

/** State of the trash that its address holds. Absent: everything, last deleted first. */
export interface TrashSearch {
  search?: string
  sort?: TrashSort
}

export const parseTrashSearch = (search: Record<string, unknown>): TrashSearch => {
  const { search: value } = search
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return {
    search: text === '' ? undefined : text,
    sort: trashSorts.find((sort) => sort === search['sort']),
  }
}

export const toTrashFilter = ({ search }: TrashSearch): MediaFilter => ({ trashed: true, search })

/** Order of the trash: what was deleted last first, or what is purged soon first. */
export const toTrashOrder = ({ sort = 'DELETED_AT' }: TrashSearch): MediaOrder => ({
  by: sort,
  direction: sort === 'PURGE_AT' ? 'ASC' : 'DESC',
})

const dayMs = 86_400_000

/** Days until a media is purged, rounded up; 0 if it may be purged at any moment. */
export const daysUntil = (iso: string, now: number): number => Math.max(0, Math.ceil((Date.parse(iso) - now) / dayMs))
