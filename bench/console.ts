import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { seedLibrary } from '../prisma/seed/library.ts'
import { consoleFolder } from '../src/server/console/app.ts'
import { openChromium } from '../test/browser/chromium.ts'
import { createLink } from './consoleGrid.ts'
import { atMost, type Figure, informational } from './figures.ts'
import { openWorld } from './world.ts'

export const title = 'console: downloads, in KB with gzip, and requests in Chromium'

/** Entry of Vite's manifest. */
interface Chunk {
  file: string
  isEntry?: boolean
  isDynamicEntry?: boolean
  imports?: string[]
  css?: string[]
}

type Manifest = Record<string, Chunk>

const readManifest = async (name: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(consoleFolder, '.vite', `${name}.json`), 'utf8'))

/** Scripts and styles that the browser loads with a chunk. */
const filesOf = (manifest: Manifest, key: string, files = new Set<string>()): Set<string> => {
  const chunk = manifest[key]
  if (chunk === undefined || files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const file of chunk.css ?? []) files.add(file)
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, files)
  return files
}

const measureKb = async (files: Iterable<string>): Promise<number> => {
  const sizes = [...files].map(
    async (file) => gzipSync(await readFile(join(consoleFolder, file)), { level: 9 }).length / 1000,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

interface Requests {
  /** Paths that the first card needs. */
  first: string[]
  /** Paths until the library is complete. */
  all: string[]
}

/** Opens the library in a browser with an empty cache. */
const listRequests = async (): Promise<Requests> => {
  await using world = await openWorld()
  const client = await world.database.connect()
  await seedLibrary(client, 200).finally(() => client.release())
  await world.serve('scripts/start.ts')
  const browser = await openChromium()
  try {
    const signIn = await browser.newPage()
    await signIn.goto(await createLink(world))
    await signIn.getByRole('gridcell').first().waitFor()
    const context = await browser.newContext({ storageState: await signIn.context().storageState() })
    const page = await context.newPage()
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('[role=gridcell]') === null) return
        performance.mark('first card')
        observer.disconnect()
      }).observe(document, { childList: true, subtree: true })
    })
    await page.goto(`${world.origin}/console/library`)
    await page.getByRole('gridcell').first().waitFor()
    await page.waitForLoadState('networkidle')
    return await page.evaluate(() => {
      const [mark] = performance.getEntriesByName('first card')
      // as: both types of entries are of this class
      const entries = [
        ...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource'),
      ] as PerformanceResourceTiming[]
      const isAnswer = ({ name, responseEnd }: PerformanceResourceTiming) =>
        name.endsWith('/graphql') && responseEnd <= (mark?.startTime ?? 0)
      // The task that draws the card also begins to load what is shown around it later.
      const lastAnswerMs = Math.max(...entries.filter(isAnswer).map(({ responseEnd }) => responseEnd))
      const paths = (list: PerformanceResourceTiming[]) => list.map(({ name }) => new URL(name).pathname)
      return { first: paths(entries.filter(({ startTime }) => startTime < lastAnswerMs)), all: paths(entries) }
    })
  } finally {
    await browser.close()
  }
}

export const run = async (): Promise<Figure[]> => {
  const [console, picker] = [await readManifest('console'), await readManifest('picker')]
  const { first, all } = await listRequests()
  const toFiles = (paths: string[]): string[] =>
    paths.filter((path) => /\/assets\/.*\.(js|css)$/.test(path)).map((path) => path.replace('/console/', ''))
  const firstFiles = new Set([...filesOf(console, 'index.html'), ...toFiles(first)])
  const allFiles = new Set([...firstFiles, ...toFiles(all)])
  const routes = Object.keys(console).filter((key) => /^src\/screens\//.test(key) && console[key]?.isDynamicEntry)
  const routeFigures = routes.map(async (key) => {
    const files = [...filesOf(console, key)].filter((file) => !allFiles.has(file))
    return { name: key.replace(/.*\/|\.tsx$/g, ''), kb: await measureKb(files) }
  })
  const byName = (await Promise.all(routeFigures)).toSorted((a, b) => b.kb - a.kb)
  const [greatest] = byName
  const list = byName.map(({ name, kb }) => `${name} ${kb.toFixed(0)}`).join(', ')
  return [
    atMost('first screen, JavaScript and CSS', await measureKb(firstFiles), 200, ' KB'),
    atMost(`greatest route, ${greatest?.name ?? 'none'}`, greatest?.kb ?? 0, 60, ' KB'),
    informational('library, with what it loads after the first card', `${(await measureKb(allFiles)).toFixed(0)} KB`),
    informational('routes, beyond the library', list),
    atMost('page of the picker', await measureKb(filesOf(picker, 'picker.html')), 150, ' KB'),
    atMost('element <mediagraph-picker>', await measureKb(['picker.js']), 2, ' KB'),
    atMost('requests before the first card', first.length, 6, ''),
    informational('these requests', first.map((path) => path.replace('/console/assets/', '')).join(' ')),
  ]
}
