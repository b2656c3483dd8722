import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../kernel/paging.ts'
import type { ParsedFilter } from './filter.ts'
import type { CursorKey, ParsedOrder } from './order.ts'
import type { MediaSort } from './sortKeys.ts'

/** Columns of the orders by time, each of which has an index with the id. */
const timeColumns = { UPLOADED_AT: 'uploadedAt', UPDATED_AT: 'updatedAt' } as const satisfies Partial<
  Record<MediaSort, keyof Media>
>

const isByTime = (by: MediaSort): by is keyof typeof timeColumns => by in timeColumns

const isWholeLibrary = ({ trashed, ...conditions }: ParsedFilter): boolean =>
  !trashed && Object.values(conditions).every((value) => value === null || value === undefined)

/**
 * Returns how one statement finds and loads the first or last page of the whole library, the page that is read most: its
 * best plan does not depend on values, so it is prepared. Null for all other pages: `pageSql` finds their ids.
 */
export const firstPage = (filter: ParsedFilter, { by, direction }: ParsedOrder, page: Page<CursorKey>) => {
  if (!isWholeLibrary(filter) || !isByTime(by) || page.after !== null || page.before !== null) return null
  const column = timeColumns[by]
  const fetchDirection: 'asc' | 'desc' = (direction === 'ASC') !== page.backward ? 'asc' : 'desc'
  return {
    columns: { id: true, [column]: true } as const,
    args: {
      where: { deletedAt: null },
      orderBy: [{ [column]: fetchDirection }, { id: fetchDirection }],
      take: page.limit + 1,
    },
    keyOf: (media: Media): string => media[column].toISOString(),
  }
}
