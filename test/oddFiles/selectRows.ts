import { extname } from 'node:path'
import type { OddFile } from './row.ts'

type Row = [description: string, file: OddFile]

/** Selects rows of tables for tests that take long: all in `npm run nightly`, otherwise the first of each kind. */
export const selectRows = (rows: readonly Row[], kindOf: (file: OddFile) => string): readonly Row[] => {
  if (process.env['ODD_FILES'] === 'all') return rows
  const kinds = rows.map(([, file]) => kindOf(file))
  return rows.filter((_, index) => kinds.indexOf(kinds[index] ?? '') === index)
}

export const formatOf = ({ fileName }: OddFile): string => extname(fileName)
export const formatAndResultOf = (file: OddFile): string => `${formatOf(file)} ${file.result}`
