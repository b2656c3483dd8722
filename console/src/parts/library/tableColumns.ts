import type { MediaSort } from '../../api/generated/documents.ts'

export type TableColumn = 'title' | 'kind' | 'size' | 'duration' | 'tags' | 'uses' | 'uploaded' | 'status'

interface ColumnLayout {
  column: TableColumn
  /** CSS width of a track. */
  width: string
  /** Width of the list from which it is shown, in rem. */
  fromRem: number
  sort?: MediaSort
}

const columns: readonly ColumnLayout[] = [
  { column: 'title', width: 'minmax(9rem, 3fr)', fromRem: 0, sort: 'TITLE' },
  { column: 'kind', width: '6rem', fromRem: 46 },
  { column: 'size', width: '5rem', fromRem: 22, sort: 'SIZE' },
  { column: 'duration', width: '5rem', fromRem: 58, sort: 'DURATION' },
  { column: 'tags', width: 'minmax(6rem, 1fr)', fromRem: 70 },
  { column: 'uses', width: '3.5rem', fromRem: 50, sort: 'USAGE_COUNT' },
  { column: 'uploaded', width: '7rem', fromRem: 34, sort: 'UPLOADED_AT' },
  { column: 'status', width: '8rem', fromRem: 42 },
]

/** Columns of the table that fit into this width. */
export const columnsOf = (widthRem: number): readonly ColumnLayout[] =>
  columns.filter(({ fromRem }) => widthRem >= fromRem)

/** Value of `grid-template-columns`: the mark of the selection, then the columns. */
export const templateOf = (shown: readonly ColumnLayout[]): string =>
  ['2.5rem', ...shown.map(({ width }) => width)].join(' ')
