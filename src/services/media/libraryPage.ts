import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../kernel/paging.ts'
import type { ParsedFilter } from './filter.ts'
import type { CursorKey, ParsedOrder } from './order.ts'
import type { MediaSort } from './sortKeys.ts'

/** Columns of the orders by time, each of which has an index with the id. */
const timeColumns = { UPLOADED_AT: 'uploadedAt', UPDATED_AT: 'updatedAt' } as const satisfies Partial<
  Record<MediaSort, keyof Media>
>

const keyColumns = {
  uploadedAt: { id: true, uploadedAt: true },
  updatedAt: { id: true, updatedAt: true },
} as const

const isByTime = (by: MediaSort): by is keyof typeof timeColumns => by in timeColumns

export const isWholeLibrary = ({ trashed, ...conditions }: ParsedFilter): boolean =>
  !trashed && Object.values(conditions).every((value) => value === null || value === undefined)

/** Conditions for the rows on one side of a cursor, in a form that the index of the order serves. */
const beyond = (column: string, key: CursorKey | null, sign: 'gt' | 'lt'): object[] => {
  if (key === null) return []
  const [at, id] = [new Date(key[0]), key[1]]
  return [{ [column]: { [`${sign}e`]: at } }, { OR: [{ [column]: { [sign]: at } }, { id: { [sign]: id } }] }]
}

/**
 * Returns how one statement finds and loads a page of the whole library by time, the pages that are read most: their best
 * plan does not depend on values, so it is prepared. Null for all other pages: `pageSql` finds their ids.
 */
export const libraryPage = (filter: ParsedFilter, { by, direction }: ParsedOrder, page: Page<CursorKey>) => {
  if (!isWholeLibrary(filter) || !isByTime(by)) return null
  const column = timeColumns[by]
  const [afterSign, beforeSign] = direction === 'ASC' ? (['gt', 'lt'] as const) : (['lt', 'gt'] as const)
  const fetchDirection: 'asc' | 'desc' = (direction === 'ASC') !== page.backward ? 'asc' : 'desc'
  return {
    columns: keyColumns[column],
    args: {
      where: {
        deletedAt: null,
        AND: [...beyond(column, page.after, afterSign), ...beyond(column, page.before, beforeSign)],
      },
      orderBy: [{ [column]: fetchDirection }, { id: fetchDirection }],
      take: page.limit + 1,
    },
    keyOf: (media: Media): string => media[column].toISOString(),
  }
}
