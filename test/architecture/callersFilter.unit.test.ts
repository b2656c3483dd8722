import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const importOfParseFilter = /import[^;']*\bparseFilter\b[^;']*from '[^']*\/?(?:media\/)?filter\.ts'/

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))

/** The log has a filter of its own. */
const parsesMedia = (file: string): boolean =>
  !file.startsWith('src/services/event/') && importOfParseFilter.test(readFileSync(join(root, file), 'utf8'))

it('every media filter of a caller is parsed by parseCallersFilter, which asks whether the caller may use it', () => {
  expect([...filesOf('src'), ...filesOf('worker')].filter(parsesMedia)).toEqual([])
})
