import pg from 'pg'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { it } from './consoleIt.ts'
import { barOf, cardsOf, idOf, mark, openLibrary, scrollBoxOf, totalOf } from './grid.ts'

/** More media than a list holds. A few of them are in the trash. */
const seeded = 2300
const heldCards = 2000
const maxIdleSteps = 100

it.beforeAll(async ({ world }) => {
  const client = new pg.Client({ connectionString: world.env['DATABASE_OWNER_URL'] })
  await client.connect()
  await seedLibrary(client, seeded).finally(() => client.end())
})

interface Screen {
  ids: string[]
  scrollHeight: number
  /** Whether the box could not be scrolled on. */
  isStuck: boolean
}

/** Reads what is rendered, and scrolls by a screen. */
const scrollOn = (page: Page, direction: 1 | -1): Promise<Screen> =>
  scrollBoxOf(page).evaluate(async (box, sign) => {
    const cards = [...box.querySelectorAll<HTMLElement>('[data-media]')]
    const before = box.scrollTop
    box.scrollTop += sign * box.clientHeight
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const ids = cards.map(({ dataset }) => dataset['media'] ?? '')
    return { ids, scrollHeight: box.scrollHeight, isStuck: box.scrollTop === before }
  }, direction)

/** Scrolls until `isLast` holds. Returns the ids that were seen, and the largest height of the box. */
const scrollThrough = async (page: Page, direction: 1 | -1, isLast: (ids: Set<string>) => boolean) => {
  const seen = new Set<string>()
  let [largestPx, idleSteps] = [0, 0]
  while (!isLast(seen)) {
    const { ids, scrollHeight, isStuck } = await scrollOn(page, direction)
    expect(new Set(ids).size, 'Media that are shown at once').toBe(ids.length)
    for (const id of ids) seen.add(id)
    largestPx = Math.max(largestPx, scrollHeight)
    idleSteps = isStuck ? idleSteps + 1 : 0
    expect(idleSteps, `Steps at one place, after ${seen.size} media`).toBeLessThan(maxIdleSteps)
  }
  return { seen, largestPx }
}

it('misses no media from the start to the end and back', async ({ signInAs }) => {
  const page = await signInAs('viewer', { viewport: { width: 1440, height: 2000 } })
  await openLibrary(page)
  const [first, total] = [await idOf(cardsOf(page).first()), await totalOf(page)]
  expect(total).toBeGreaterThan(heldCards)
  const rowPx = (await cardsOf(page).first().boundingBox())?.height ?? 0
  const columns = Number(await page.getByRole('grid').getAttribute('aria-colcount'))
  const maxPx = (heldCards / columns + 4) * (rowPx + 12)
  const { seen, largestPx } = await scrollThrough(page, 1, (ids) => ids.size === total)
  expect(seen.size).toBe(total)
  expect(largestPx).toBeLessThan(maxPx)
  const back = await scrollThrough(page, -1, (ids) => ids.has(first))
  expect(back.seen.size).toBe(total)
  expect(back.largestPx).toBeLessThan(maxPx)
})

it('reaches the last media in one column on a screen of three pixels per point', async ({ signInAs }) => {
  const page = await signInAs('viewer', { viewport: { width: 260, height: 2400 }, deviceScaleFactor: 3 })
  await openLibrary(page)
  expect(await page.getByRole('grid').getAttribute('aria-colcount')).toBe('1')
  const total = await totalOf(page)
  const { largestPx } = await scrollThrough(page, 1, (ids) => ids.size === total)
  // Browsers cap a box at 2^24 of its physical pixels.
  expect(largestPx * 3).toBeLessThan(2 ** 24)
})

it('jumps to the last media and back to the first', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  await openLibrary(page, '?sort=TITLE')
  const first = await idOf(cardsOf(page).first())
  await cardsOf(page).first().focus()
  await page.keyboard.press('Control+End')
  await page.waitForFunction((id) => (document.activeElement as HTMLElement).dataset['media'] !== id, first) // as: the focus is on a card
  await page.keyboard.press('ArrowRight')
  const last = await idOf(cardsOf(page).last())
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['media'])).toBe(last) // as: the focus is on a card
  await page.keyboard.press('Control+Home')
  await expect.poll(() => idOf(cardsOf(page).first())).toBe(first)
})

it('selects a range over pages that are not loaded', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await mark(cardsOf(page).first())
  await page.keyboard.press('Control+Shift+End')
  await expect
    .poll(() => barOf(page).textContent(), { timeout: 30_000 })
    .toContain(`${(await totalOf(page)).toLocaleString('en-US')} selected`)
})
