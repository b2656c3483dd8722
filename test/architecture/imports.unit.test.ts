import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const listFiles = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))

const sources = [...listFiles('src'), ...listFiles('worker')]

interface Import {
  from: string
  to: string
}

const importPattern = /^(?:import|export)\s+(?:type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'/gm

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(importPattern)].map(([, target = '']) => ({
    from: file,
    to: target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target,
  }))
}

const imports = sources.flatMap(importsOf)

/** Allowed imports per layer: entries → resolvers → schema → services ← adapters. The first matching path applies. */
const layers = [
  { layerPath: 'src/services/', allowedImports: ['src/services/', 'prisma/generated/'] },
  { layerPath: 'src/schema/', allowedImports: ['src/schema/', 'src/services/', 'prisma/generated/'] },
  {
    layerPath: 'src/resolvers/',
    allowedImports: ['src/resolvers/', 'src/schema/', 'src/services/', 'prisma/generated/'],
  },
  { layerPath: 'src/adapters/', allowedImports: ['src/adapters/', 'src/services/', 'prisma/generated/'] },
  {
    layerPath: 'src/server',
    allowedImports: [
      'src/server',
      'src/adapters/',
      'src/resolvers/',
      'src/schema/',
      'src/services/',
      'prisma/generated/',
    ],
  },
  { layerPath: 'worker/ffmpeg/', allowedImports: ['worker/ffmpeg/', 'src/services/', 'prisma/generated/'] },
  { layerPath: 'worker/', allowedImports: ['worker/', 'src/adapters/', 'src/services/', 'prisma/generated/'] },
]

/** Packages that services may import: helpers that bind them to no technology. */
const allowedInServices = ['zod', 'node:crypto', 'node:os', 'node:path', 'node:stream', 'node:timers/promises', 'uuid']

const isLocal = (target: string): boolean => /^(src|worker|prisma|test|bench|scripts)\//.test(target)

/** Returns one cycle of the graph as a path, or null if the graph is acyclic. */
const findCycle = (graph: Map<string, Iterable<string>>): string[] | null => {
  const visited = new Set<string>()
  const visit = (node: string, path: string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (visited.has(node)) return null
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node])
      if (cycle !== null) return cycle
    }
    visited.add(node)
    return null
  }
  return [...graph.keys()].map((node) => visit(node, [])).find((cycle) => cycle !== null) ?? null
}

describe('imports', () => {
  it('are found in the sources', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  it('point only to the layers that are allowed for the importing layer', () => {
    const violations = imports.filter(({ from, to }) => {
      const layer = layers.find((candidate) => from.startsWith(candidate.layerPath))
      return isLocal(to) && !layer?.allowedImports.some((prefix) => to.startsWith(prefix))
    })
    expect(violations).toEqual([])
  })

  it('of services include no package for a driver, HTTP or GraphQL', () => {
    const violations = imports.filter(
      ({ from, to }) => from.startsWith('src/services/') && !isLocal(to) && !allowedInServices.includes(to),
    )
    expect(violations).toEqual([])
  })

  it('form no cycle between files', () => {
    expect(findCycle(new Map(sources.map((file) => [file, importsOf(file).map(({ to }) => to)])))).toBeNull()
  })

  it('lead from a domain of the services only to those below it in the table of ARCHITECTURE.md', () => {
    const domainOf = (file: string): string | undefined => /^src\/services\/(\w+)\//.exec(file)?.[1]
    const table = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)
    const rows = [...table].map(([, names = '']) => names.replaceAll('`', '').split(', '))
    const rowOf = (domain: string): number => rows.findIndex((row) => row.includes(domain))
    const domains = readdirSync(join(root, 'src/services'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    expect(rows.flat().toSorted()).toEqual(domains.map(({ name }) => name).toSorted())
    const wrong = imports.filter(({ from, to }) => {
      const [domain, other] = [domainOf(from), domainOf(to)]
      return domain !== undefined && other !== undefined && domain !== other && rowOf(domain) >= rowOf(other)
    })
    expect(wrong).toEqual([])
  })

  it('never point from a service to services.ts', () => {
    const importers = imports.filter(
      ({ from, to }) => to === 'src/services/services.ts' && from.startsWith('src/services/'),
    )
    expect(importers).toEqual([])
  })

  it('of resolvers/index.ts include every file with resolvers', () => {
    const index = 'src/resolvers/index.ts'
    const imported = importsOf(index).map(({ to }) => to)
    const files = sources.filter((file) => file.startsWith('src/resolvers/') && file !== index)
    expect(files.filter((file) => !imported.includes(file))).toEqual([])
  })

  it('point to the defining file, since no file re-exports', () => {
    const barrels = sources.filter((file) =>
      /^export\s+(\*|\{[^}]*\})\s+from/m.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(barrels).toEqual([])
  })
})

describe('source files', () => {
  it('below src/services lie in domain folders, except services.ts', () => {
    expect(sources.filter((file) => /^src\/services\/[^/]+$/.test(file))).toEqual(['src/services/services.ts'])
  })

  it('have at most 300 lines', () => {
    const oversized = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301)
    expect(oversized).toEqual([])
  })

  it('exist at every path that the specification requires', () => {
    const requiredPaths = ['src/schema', 'src/resolvers', 'src/services', 'prisma', 'worker', 'test', 'codegen.ts']
    expect(requiredPaths.filter((path) => statSync(join(root, path), { throwIfNoEntry: false }) === undefined)).toEqual(
      [],
    )
  })
})
