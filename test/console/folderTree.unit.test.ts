import { describe, expect, it } from 'vitest'
import { nextRow } from '../../console/src/parts/folder/nextRow.ts'

/** Rows as the browser has them: the top, two levels below the first folder, and another one. */
const rows = [
  ['All media', 1],
  ['Biology', 1],
  ['Cells', 2],
  ['Mitosis', 3],
  ['Chemistry', 1],
].map(([name, level]) => ({ ariaLevel: String(level), dataset: { name } }) as unknown as HTMLElement) // as: all that is read of a row

const moved = (key: string, from: number): string | undefined => {
  const row = rows[from]
  return row && nextRow(key, rows, row)?.dataset['name']
}

describe('in a folder tree', () => {
  it.for([
    ['ArrowDown', 1, 'Cells'],
    ['ArrowUp', 1, 'All media'],
    ['ArrowRight', 1, 'Cells'],
    ['ArrowLeft', 3, 'Cells'],
    ['Home', 3, 'All media'],
    ['End', 0, 'Chemistry'],
  ] as const)('%s moves from row %i to %s', ([key, from, to]) => {
    expect(moved(key, from)).toBe(to)
  })

  it.for([
    ['ArrowUp', 0],
    ['ArrowDown', 4],
    ['ArrowRight', 4],
    ['ArrowRight', 3],
    ['ArrowLeft', 1],
    ['Enter', 1],
    [' ', 1],
  ] as const)('%s stays at row %i', ([key, from]) => {
    expect(moved(key, from)).toBeUndefined()
  })

  it('a letter moves to the next folder that begins with it', () => {
    expect(moved('c', 1)).toBe('Cells')
    expect(moved('c', 2)).toBe('Chemistry')
    expect(moved('C', 4)).toBe('Cells')
  })
})
