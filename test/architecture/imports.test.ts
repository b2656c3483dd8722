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

const pattern = /^(?:import|export)\s+(?:type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'/gm

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(pattern)].map(([, target = '']) => ({
    from: file,
    to: target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target,
  }))
}

const imports = sources.flatMap(importsOf)

/** Where each room may look: entries → resolvers → schema → services ← adapters. */
const layers = [
  { room: 'src/services/', allowedImports: ['src/services/', 'prisma/generated/'] },
  { room: 'src/schema/', allowedImports: ['src/schema/', 'src/services/', 'prisma/generated/'] },
  { room: 'src/resolvers/', allowedImports: ['src/resolvers/', 'src/schema/', 'src/services/', 'prisma/generated/'] },
  { room: 'src/adapters/', allowedImports: ['src/adapters/', 'src/services/', 'prisma/generated/'] },
  {
    room: 'src/server',
    allowedImports: [
      'src/server',
      'src/adapters/',
      'src/resolvers/',
      'src/schema/',
      'src/services/',
      'prisma/generated/',
    ],
  },
  { room: 'worker/ffmpeg/', allowedImports: ['worker/ffmpeg/', 'src/services/', 'prisma/generated/'] },
  { room: 'worker/', allowedImports: ['worker/', 'src/adapters/', 'src/services/', 'prisma/generated/'] },
]

/** Pure helpers that are not a technology. */
const allowedInServices = ['zod', 'node:os', 'node:path', 'node:stream', 'uuid']

const isLocal = (target: string): boolean => /^(src|worker|prisma|test|bench|scripts)\//.test(target)

/** One closed path of the graph, or null if there is none. */
const cycleIn = (graph: Map<string, Iterable<string>>): string[] | null => {
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

describe('the imports', () => {
  it('were found', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  it('point inwards only', () => {
    const violations = imports.filter(({ from, to }) => {
      const layer = layers.find((candidate) => from.startsWith(candidate.room))
      return isLocal(to) && !layer?.allowedImports.some((prefix) => to.startsWith(prefix))
    })
    expect(violations).toEqual([])
  })

  it('bring no driver, no HTTP and no GraphQL into the services', () => {
    const violations = imports.filter(
      ({ from, to }) => from.startsWith('src/services/') && !isLocal(to) && !allowedInServices.includes(to),
    )
    expect(violations).toEqual([])
  })

  it('form no cycle', () => {
    expect(cycleIn(new Map(sources.map((file) => [file, importsOf(file).map(({ to }) => to)])))).toBeNull()
  })

  it('connect the domains of the services in one direction only', () => {
    const domainOf = (file: string): string | undefined => /^src\/services\/(\w+)\//.exec(file)?.[1]
    const graph = new Map<string, Set<string>>()
    for (const { from, to } of imports) {
      const [domain, other] = [domainOf(from), domainOf(to)]
      if (domain === undefined || other === undefined || domain === other) continue
      graph.set(domain, (graph.get(domain) ?? new Set()).add(other))
    }
    expect(graph.size).toBeGreaterThan(20)
    expect(cycleIn(graph)).toBeNull()
  })

  it('leave services.ts alone at the root of the services', () => {
    expect(sources.filter((file) => /^src\/services\/[^/]+$/.test(file))).toEqual(['src/services/services.ts'])
    const importers = imports.filter(
      ({ from, to }) => to === 'src/services/services.ts' && from.startsWith('src/services/'),
    )
    expect(importers).toEqual([])
  })

  it('go to defining files: there are no barrels', () => {
    const reexports = sources.filter((file) =>
      /^export\s+(\*|\{[^}]*\})\s+from/m.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(reexports).toEqual([])
  })
})

describe('the files', () => {
  it('stay under 300 lines', () => {
    const oversized = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301)
    expect(oversized).toEqual([])
  })

  it('exist where the product promises them', () => {
    const requiredPaths = ['src/schema', 'src/resolvers', 'src/services', 'prisma', 'worker', 'test', 'codegen.ts']
    expect(requiredPaths.filter((path) => statSync(join(root, path), { throwIfNoEntry: false }) === undefined)).toEqual(
      [],
    )
  })
})
