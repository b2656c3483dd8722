import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  columnsIn,
  type GridMove,
  indexesIn,
  layoutGrid,
  moveFrom,
  rangeOfRow,
  rowOf,
} from '../../console/src/parts/library/gridLayout.ts'

const layouts = fc
  .record({
    base: fc.integer({ min: -50, max: 500 }),
    count: fc.integer({ min: 1, max: 200 }),
    columns: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ base, count, columns }) => layoutGrid(base, count, columns))

const moves: GridMove[] = [
  ...(['left', 'right', 'up', 'down', 'rowStart', 'rowEnd'] as const),
  ...(['listStart', 'listEnd', 'pageUp', 'pageDown'] as const),
]

describe('the layout of a grid', () => {
  it('keeps items in their column when others before them are dropped', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(300), fc.integer({ min: 1, max: 9 }), (index, dropped, columns) => {
        const before = layoutGrid(0, 1000, columns)
        const after = layoutGrid(dropped, 1000 - dropped, columns)
        const place = (layout: typeof before, item: number) => ({
          row: layout.firstRow + rowOf(layout, item),
          column: (layout.lead + item) % columns,
        })
        expect(place(after, index)).toEqual(place(before, index + dropped))
      }),
    )
  })

  it('puts each item into exactly one row', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const indexes = Array.from({ length: layout.rowCount }, (_, row) => rangeOfRow(layout, row)).flatMap(
          ({ from, to }) => Array.from({ length: to - from }, (_, offset) => from + offset),
        )
        expect(indexes).toEqual(Array.from({ length: layout.count }, (_, index) => index))
      }),
    )
  })

  it('has as many columns as fit, and at least one', () => {
    expect([columnsIn(100, 200, 10), columnsIn(410, 200, 10), columnsIn(409, 200, 10)]).toEqual([1, 2, 1])
  })
})

describe('a move by a key', () => {
  it('leads to an item of the grid', () => {
    fc.assert(
      fc.property(layouts, fc.nat(199), fc.constantFrom(...moves), fc.nat(10), (layout, index, move, pageRows) => {
        const target = moveFrom(layout, index % layout.count, move, pageRows)
        expect(target).toBeGreaterThanOrEqual(0)
        expect(target).toBeLessThan(layout.count)
      }),
    )
  })

  it('up or down stays in the column', () => {
    const layout = layoutGrid(0, 20, 4)
    expect(moveFrom(layout, 5, 'down', 3)).toBe(9)
    expect(moveFrom(layout, 5, 'up', 3)).toBe(1)
    expect(moveFrom(layout, 1, 'up', 3)).toBe(1)
  })

  it('down into a shorter last row leads to its last item', () => {
    expect(moveFrom(layoutGrid(0, 9, 4), 7, 'down', 3)).toBe(8)
  })

  it('to the start of a row respects the cells before the first item', () => {
    const layout = layoutGrid(2, 10, 4)
    expect(moveFrom(layout, 1, 'rowStart', 3)).toBe(0)
    expect(moveFrom(layout, 4, 'rowStart', 3)).toBe(2)
    expect(moveFrom(layout, 3, 'rowEnd', 3)).toBe(5)
  })

  it('by a page moves as many rows as are visible', () => {
    const layout = layoutGrid(0, 100, 4)
    expect(moveFrom(layout, 1, 'pageDown', 3)).toBe(13)
    expect(moveFrom(layout, 6, 'pageUp', 3)).toBe(2)
  })
})

describe('a rectangle', () => {
  const cells = { cellWidth: 100, cellHeight: 80, gap: 10 }

  it('touches the cells that it covers in part', () => {
    const layout = layoutGrid(0, 12, 4)
    expect(indexesIn(layout, { left: 90, right: 115, top: 10, bottom: 95 }, cells)).toEqual([0, 1, 4, 5])
  })

  it('in a gap touches nothing', () => {
    expect(indexesIn(layoutGrid(0, 12, 4), { left: 102, right: 108, top: 0, bottom: 50 }, cells)).toEqual([])
  })

  it('ignores the cells before the first item', () => {
    expect(indexesIn(layoutGrid(2, 4, 4), { left: 0, right: 400, top: 0, bottom: 60 }, cells)).toEqual([0, 1])
  })
})
