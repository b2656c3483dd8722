import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../console/src')

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !name.includes('generated'),
)

const importPattern = /(?:^(?:import|export)\s[^'"]*?|import\()['"]([^'"]+)['"]/gm

/** Paths below `console/src`, or names of packages, that a file imports. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, target = '']) =>
    target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target,
  )

/** Folders that each folder may import. Entries are the files of the root and the picker. */
const layers: Record<string, readonly string[]> = {
  screens: ['screens', 'parts', 'data', 'api', 'state', 'messages'],
  parts: ['parts', 'data', 'api', 'state', 'messages'],
  data: ['data', 'live', 'api'],
  live: ['live', 'api'],
  api: ['api'],
  state: ['state', 'messages'],
  messages: ['messages'],
}

const folderOf = (path: string): string => path.split('/', 1)[0] ?? ''
const isLocal = (target: string): boolean => folderOf(target) in layers || /^\w+\.tsx?$/.test(target)

describe('imports of the console', () => {
  it('are found in its sources', () => {
    expect(files.flatMap(importsOf).length).toBeGreaterThan(50)
  })

  it('lead from entries to screens, parts, data, then live or api', () => {
    const wrong = files.flatMap((file) => {
      const allowed = layers[folderOf(file)]
      if (allowed === undefined) return []
      return importsOf(file).flatMap((to) =>
        isLocal(to) && !allowed.includes(folderOf(to)) ? [`${file} → ${to}`] : [],
      )
    })
    expect(wrong).toEqual([])
  })

  it('of TanStack Query are only in data, live and entries', () => {
    const wrong = files.filter(
      (file) =>
        ['screens', 'parts', 'state', 'api', 'messages'].includes(folderOf(file)) &&
        importsOf(file).includes('@tanstack/react-query'),
    )
    expect(wrong).toEqual([])
  })

  it('of the server come from generated documents only', () => {
    expect(files.filter((file) => importsOf(file).some((to) => to.startsWith('..')))).toEqual([])
  })
})

it('texts of the console exist in every language', () => {
  const keysOf = (value: object, prefix = ''): string[] =>
    Object.entries(value).flatMap(([key, text]) =>
      typeof text === 'object' ? keysOf(text, `${prefix}${key}.`) : [prefix + key],
    )
  const read = (path: string): object => JSON.parse(readFileSync(join(root, 'messages', path), 'utf8'))
  const names = readdirSync(join(root, 'messages/en'))
  expect(readdirSync(join(root, 'messages/de'))).toEqual(names)
  for (const name of names)
    expect(keysOf(read(`de/${name}`)).toSorted(), name).toEqual(keysOf(read(`en/${name}`)).toSorted())
})
