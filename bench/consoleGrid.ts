import type { CDPSession, Page } from 'playwright-core'
import { seedLibrary } from '../prisma/seed/library.ts'
import { openDatabase } from '../src/adapters/database.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { createSignInCode } from '../src/services/session/signInCodes.ts'
import { openChromium } from '../test/browser/chromium.ts'
import { atMost, type Figure, formatNumber, informational, logProgress, median } from './figures.ts'
import { openWorld, type World } from './world.ts'

const size = 12_000
const scrolled = 10_000
const rounds = 20

export const title = `consoleGrid: the library's list in Chromium, scrolled through ${scrolled} of ${size} media`

/** Creates a link that signs in an editor. */
export const createLink = async (world: World): Promise<string> => {
  const database = openDatabase({ url: world.env.DATABASE_URL ?? '', log: createLogger('error') })
  try {
    const code = await createSignInCode(database, { externalId: 'ada', name: 'Ada', role: 'EDITOR' })
    return `${world.origin}/console/sign-in#code=${code}`
  } finally {
    await database.$disconnect()
  }
}

/** Totals of the main thread since the page was opened; times are those of its CPU. */
interface Metrics {
  cpuMs: number
  scriptMs: number
  heapMb: number
}

const readMetrics = async (session: CDPSession): Promise<Metrics> => {
  const { metrics } = await session.send('Performance.getMetrics')
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
  return {
    cpuMs: read('TaskDuration') * 1000,
    scriptMs: read('ScriptDuration') * 1000,
    heapMb: read('JSHeapUsedSize') / 1_000_000,
  }
}

/** Waits until the page has drawn the last change and has nothing to do. */
const settle = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(() => resolve())))
      }),
  )

const countNodes = (page: Page): Promise<number> => page.evaluate(() => document.querySelectorAll('*').length)

/** Number of media from the start of the list to the last one that is rendered. */
const readPosition = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const grid = document.querySelector('[role=grid]')
    const rows = [...document.querySelectorAll('[role=row][aria-rowindex]')].map((row) =>
      Number(row.getAttribute('aria-rowindex')),
    )
    return Math.max(0, ...rows) * Number(grid?.getAttribute('aria-colcount'))
  })

const scrollToEnd = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const box = [...document.querySelectorAll('[role=grid] > div')].at(-1)
    if (box !== undefined) box.scrollTop = box.scrollHeight
  })

/** Main thread CPU per press of a key: the medians of all rounds, for the whole and for scripts. */
const measureKey = async (page: Page, session: CDPSession, key: string, after?: string): Promise<Metrics> => {
  const costs: Metrics[] = []
  for (let round = 0; round < rounds; round++) {
    const before = await readMetrics(session)
    await page.keyboard.press(key)
    await settle(page)
    const end = await readMetrics(session)
    costs.push({
      cpuMs: end.cpuMs - before.cpuMs,
      scriptMs: end.scriptMs - before.scriptMs,
      heapMb: end.heapMb,
    })
    if (after === undefined) continue
    await page.keyboard.press(after)
    await settle(page)
  }
  return {
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    scriptMs: median(costs.map(({ scriptMs }) => scriptMs)),
    heapMb: costs.at(-1)?.heapMb ?? Number.NaN,
  }
}

const scrollThrough = async (page: Page, session: CDPSession) => {
  const before = await readMetrics(session)
  let maxNodes = 0
  let position = 0
  while (position < scrolled) {
    await scrollToEnd(page)
    await settle(page)
    maxNodes = Math.max(maxNodes, await countNodes(page))
    position = await readPosition(page)
  }
  const after = await readMetrics(session)
  return { cpuMs: after.cpuMs - before.cpuMs, maxNodes }
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const client = await world.database.connect()
  await seedLibrary(client, size).finally(() => client.release())
  await world.serveApi()
  const browser = await openChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(await createLink(world))
    await page.waitForURL('**/console/library')
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    await page.locator('[data-media]').first().waitFor()
    await settle(page)

    const { cpuMs, maxNodes } = await scrollThrough(page, session)
    logProgress(`Scrolled through ${scrolled} media`)
    await session.send('HeapProfiler.collectGarbage')
    const { heapMb } = await readMetrics(session)
    await page.locator('[data-media]').last().focus()
    await settle(page)
    const arrow = await measureKey(page, session, 'ArrowUp')
    const toggle = await measureKey(page, session, 'Space')
    const all = await measureKey(page, session, 'Control+a', 'Escape')
    await page.keyboard.press('Control+a')
    const clear = await measureKey(page, session, 'Escape', 'Control+a')
    const nodes = Math.max(maxNodes, await countNodes(page))
    return [
      atMost(`main thread CPU to load ${scrolled} media`, cpuMs / 1000, 4, ' s'),
      atMost('heap after that', heapMb, 60, ' MB'),
      atMost('nodes of the page at any position', nodes, 1500, ''),
      atMost('CPU of one arrow key', arrow.cpuMs, 50, ' ms', `, scripts ${formatNumber(arrow.scriptMs)} ms`),
      atMost('CPU of one selection', toggle.cpuMs, 50, ' ms', `, scripts ${formatNumber(toggle.scriptMs)} ms`),
      atMost('CPU of Ctrl+A', all.cpuMs, 50, ' ms', `, scripts ${formatNumber(all.scriptMs)} ms`),
      atMost('CPU of Esc', clear.cpuMs, 50, ' ms', `, scripts ${formatNumber(clear.scriptMs)} ms`),
      informational('media held at once', 'at most 2,000 (20 pages)'),
    ]
  } finally {
    await browser.close()
  }
}
