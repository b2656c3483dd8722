import pg from 'pg'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { it } from './consoleIt.ts'
import { barOf, cardsOf, idOf, mark, openLibrary, scrollBoxOf } from './grid.ts'

/** More media than a list holds. */
const seeded = 2600
const heldCards = 2000

it.beforeAll(async ({ world }) => {
  const client = new pg.Client({ connectionString: world.env['DATABASE_OWNER_URL'] })
  await client.connect()
  await seedLibrary(client, seeded).finally(() => client.end())
})

interface Screen {
  ids: string[]
  scrollHeight: number
  isAtEnd: boolean
}

/** Reads what is rendered, and scrolls by almost a screen. */
const scrollOn = (page: Page, direction: 1 | -1): Promise<Screen> =>
  scrollBoxOf(page).evaluate(async (box, sign) => {
    const before = box.scrollTop
    const ids = [...box.querySelectorAll<HTMLElement>('[data-media]')].map(({ dataset }) => dataset['media'] ?? '')
    box.scrollTop += sign * box.clientHeight * 0.8
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    return { ids, scrollHeight: box.scrollHeight, isAtEnd: box.scrollTop === before }
  }, direction)

/** Scrolls until `isLast` holds and returns the ids in the order in which they were seen, with the largest box. */
const scrollThrough = async (page: Page, direction: 1 | -1, isLast: (ids: Set<string>) => boolean) => {
  const seen = new Set<string>()
  let largestPx = 0
  while (!isLast(seen)) {
    const { ids, scrollHeight } = await scrollOn(page, direction)
    expect(new Set(ids).size, 'Media that are shown at once').toBe(ids.length)
    for (const id of ids) seen.add(id)
    largestPx = Math.max(largestPx, scrollHeight)
  }
  return { seen, largestPx }
}

const isComplete = (ids: Set<string>): boolean => ids.size >= seeded

it('misses no media from the start to the end and back', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  await openLibrary(page)
  const first = await idOf(cardsOf(page).first())
  const rowPx = (await cardsOf(page).first().boundingBox())?.height ?? 0
  const columns = Number(await page.getByRole('grid').getAttribute('aria-colcount'))
  const { seen, largestPx } = await scrollThrough(page, 1, isComplete)
  expect(seen.size).toBe(seeded)
  expect(largestPx).toBeLessThan((heldCards / columns + 3) * (rowPx + 16))
  const back = await scrollThrough(page, -1, (ids) => ids.has(first))
  expect(back.largestPx).toBeLessThan((heldCards / columns + 3) * (rowPx + 16))
}, 180_000)

it('reaches the last media in one column on a screen of three pixels per point', async ({ signInAs }) => {
  const page = await signInAs('viewer', { viewport: { width: 260, height: 900 }, deviceScaleFactor: 3 })
  await openLibrary(page)
  expect(await page.getByRole('grid').getAttribute('aria-colcount')).toBe('1')
  const { seen, largestPx } = await scrollThrough(page, 1, isComplete)
  expect(seen.size).toBe(seeded)
  // Browsers cap a box at 2^24 of its physical pixels.
  expect(largestPx * 3).toBeLessThan(2 ** 24)
}, 180_000)

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
  await expect.poll(() => barOf(page).textContent(), { timeout: 30_000 }).toContain('2,600 selected')
})
