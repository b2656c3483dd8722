import type { Locator, Page } from 'playwright-core'

/** Opens the library and waits for its media, and for what is loaded after them: filters, counts and the help. */
export const openLibrary = async (page: Page, search = ''): Promise<void> => {
  await page.goto(`/console/library${search}`)
  await cardsOf(page).first().waitFor()
  await page.waitForLoadState('networkidle')
}

/** Media of a list that are rendered, in their order. */
export const cardsOf = (page: Page): Locator => page.getByRole('grid', { name: 'Media' }).locator('[data-media]')

export const idOf = async (card: Locator): Promise<string> => (await card.getAttribute('data-media')) ?? ''

/** Box in which the list scrolls. */
export const scrollBoxOf = (page: Page): Locator => page.locator('[role=grid] > div').last()

/** Id of the media that has the focus. */
export const focusedId = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['media']) // as: elements of a page

/** Ids of the selected media that are rendered. */
export const selectedIds = (page: Page): Promise<string[]> =>
  page
    .locator('[data-media][aria-selected=true]')
    .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).dataset['media'] ?? '')) // as: elements of a page

/** Bar of actions on what is selected. */
export const barOf = (page: Page): Locator => page.getByRole('region', { name: 'Selected media' })

/** Clicks the mark with which a media is selected. */
export const mark = (card: Locator, modifiers: ('Shift' | 'Control')[] = []): Promise<void> =>
  card.locator('[data-mark]').click({ modifiers })

const totalText = /^[\d,]+ media$/

/** Number of media in the toolbar. */
export const totalOf = async (page: Page): Promise<number> => {
  const text = await page.getByRole('status').filter({ hasText: totalText }).textContent()
  return Number(text?.replaceAll(/\D/g, ''))
}
