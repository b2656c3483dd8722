import { memo } from 'react'
import type { MediaCard as Card } from '../../data/mediaPages.ts'
import type { SelectionStore } from '../../state/selection.ts'
import { type GridLayout, rangeOfRow } from './gridLayout.ts'
import { MediaCard } from './MediaCard.tsx'
import styles from './MediaGrid.module.css'
import { MediaRow } from './MediaRow.tsx'
import type { columnsOf } from './tableColumns.ts'

interface GridRowProps {
  row: number
  /** Pixels from the first row. */
  start: number
  height: number
  layout: GridLayout
  items: readonly Card[]
  view: 'grid' | 'table'
  tableColumns: ReturnType<typeof columnsOf>
  template: string
  selection: SelectionStore
  activeId: string | null
  openId: string | undefined
}

/** Row of cards, or the row of one media in a table. */
export const GridRow = memo((props: GridRowProps) => {
  const { row, start, height, layout, items, view, tableColumns, template, selection, activeId, openId } = props
  const { from, to } = rangeOfRow(layout, row)
  const media = items.slice(from, to)
  const absoluteRow = layout.firstRow + row
  const placeStyle = { height, transform: `translateY(${start}px)` }
  if (view === 'table')
    return (
      <div className={styles.line} style={placeStyle}>
        {media.map((one) => (
          <MediaRow
            key={one.id}
            media={one}
            selection={selection}
            isActive={one.id === activeId}
            isOpen={one.id === openId}
            columns={tableColumns}
            template={template}
            // The header is the first row.
            rowIndex={absoluteRow < 0 ? undefined : absoluteRow + 2}
          />
        ))}
      </div>
    )
  return (
    <div
      className={styles.line}
      role="row"
      aria-rowindex={absoluteRow < 0 ? undefined : absoluteRow + 1}
      style={{ ...placeStyle, gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))` }}
    >
      {media.map((one, index) => (
        <MediaCard
          key={one.id}
          media={one}
          selection={selection}
          isActive={one.id === activeId}
          isOpen={one.id === openId}
          column={row === 0 ? layout.lead + index + 1 : index + 1}
        />
      ))}
    </div>
  )
})
