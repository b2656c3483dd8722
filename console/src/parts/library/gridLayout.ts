/** Places of the items of a window in rows. Items keep their column when pages before them are dropped or read again. */
export interface GridLayout {
  columns: number
  /** Number of items. */
  count: number
  /** Empty cells before the first item, which belong to items that are not held. */
  lead: number
  /** Index of the first row in the whole list. */
  firstRow: number
  rowCount: number
}

/** Steps of the keyboard. Row and list have a start and an end; a page is what fits on the screen. */
export type GridMove =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'rowStart'
  | 'rowEnd'
  | 'listStart'
  | 'listEnd'
  | 'pageUp'
  | 'pageDown'

export const layoutGrid = (base: number, count: number, columns: number): GridLayout => {
  const firstRow = Math.floor(base / columns)
  const lead = base - firstRow * columns
  return { columns, count, lead, firstRow, rowCount: count === 0 ? 0 : Math.ceil((lead + count) / columns) }
}

/** Number of columns of at least this width that fit, with gaps between them. */
export const columnsIn = (width: number, minWidth: number, gap: number): number =>
  Math.max(1, Math.floor((width + gap) / (minWidth + gap)))

export const rowOf = ({ lead, columns }: GridLayout, index: number): number => Math.floor((lead + index) / columns)

/** First index of a row, and the index after its last one. */
export const rangeOfRow = ({ lead, columns, count }: GridLayout, row: number): { from: number; to: number } => ({
  from: Math.max(0, row * columns - lead),
  to: Math.min(count, (row + 1) * columns - lead),
})

/** Index to which a key moves from an index; the same index at an edge. `pageRows` is the number of visible rows. */
export const moveFrom = (layout: GridLayout, index: number, move: GridMove, pageRows: number): number => {
  const { columns, count } = layout
  const { from, to } = rangeOfRow(layout, rowOf(layout, index))
  const byRows = (rows: number): number => {
    const target = index + rows * columns
    if (target < 0) return rows === -1 ? index : index % columns
    if (target < count) return target
    // The last row may be shorter than the column that one comes from.
    return rowOf(layout, count - 1) > rowOf(layout, index) ? count - 1 : index
  }
  const targets: Record<GridMove, () => number> = {
    left: () => Math.max(0, index - 1),
    right: () => Math.min(count - 1, index + 1),
    up: () => byRows(-1),
    down: () => byRows(1),
    rowStart: () => from,
    rowEnd: () => to - 1,
    listStart: () => 0,
    listEnd: () => count - 1,
    pageUp: () => byRows(-Math.max(1, pageRows)),
    pageDown: () => byRows(Math.max(1, pageRows)),
  }
  return targets[move]()
}

/** Rectangle in pixels, relative to the first row. */
export interface Area {
  left: number
  right: number
  top: number
  bottom: number
}

/** Indexes of the items whose cells a rectangle touches, in a grid of this cell size. */
export const indexesIn = (
  layout: GridLayout,
  area: Area,
  { cellWidth, cellHeight, gap }: { cellWidth: number; cellHeight: number; gap: number },
): number[] => {
  const [width, height] = [cellWidth + gap, cellHeight + gap]
  const firstOf = (start: number, size: number, length: number): number => Math.ceil((start - size + 0.01) / length)
  const columns = { from: Math.max(0, firstOf(area.left, cellWidth, width)), to: Math.floor(area.right / width) }
  const rows = { from: Math.max(0, firstOf(area.top, cellHeight, height)), to: Math.floor(area.bottom / height) }
  const indexes: number[] = []
  for (let row = rows.from; row <= Math.min(rows.to, layout.rowCount - 1); row++)
    for (let column = columns.from; column <= Math.min(columns.to, layout.columns - 1); column++) {
      const index = row * layout.columns + column - layout.lead
      if (index >= 0 && index < layout.count) indexes.push(index)
    }
  return indexes
}
