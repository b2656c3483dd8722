import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

/** Number of matches, as the toolbar shows it. */
const countText = /media$/

it.beforeAll(({ seedLibrary }) => seedLibrary(80))

const groupsOf = (page: Page) => page.getByRole('main').locator('h2 > button[aria-expanded]')

const countOf = async (page: Page): Promise<number> =>
  Number(await groupsOf(page).first().locator('span').last().textContent())

const openGroups = async (page: Page, group: string): Promise<Page> => {
  await page.goto(`/console/library?view=groups&group=${group}`)
  await groupsOf(page).first().waitFor()
  return page
}

it.for(['folder', 'course', 'uploader', 'month'])(
  'a group by %s has as many media as it says',
  async (group, { signInAs }) => {
    const page = await openGroups(await signInAs('viewer'), group)
    const heading = groupsOf(page).first()
    const count = await countOf(page)
    await heading.click()
    await page.getByRole('button', { name: 'in the list' }).click()
    const status = page.getByRole('status').filter({ hasText: countText })
    await expect.poll(() => status.textContent()).toBe(`${count} media`)
  },
)

it('a group loads its media when it is opened, 20 at a time', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  const requests: string[] = []
  page.on('request', (request) => void (request.postData()?.includes('"first":20') && requests.push(request.url())))
  await openGroups(page, 'uploader')
  const heading = groupsOf(page).first()
  const count = await countOf(page)
  expect(count).toBeGreaterThan(20)
  expect(requests).toEqual([])
  await heading.click()
  const media = page.locator('h2 + div li button')
  await expect.poll(() => media.count()).toBe(20)
  await page.getByRole('button', { name: 'Load more' }).click()
  await expect.poll(() => media.count()).toBe(Math.min(40, count))
})

it('groups that are open stay open behind the back button', async ({ signInAs }) => {
  const page = await openGroups(await signInAs('viewer'), 'month')
  await groupsOf(page).first().click()
  await page.getByRole('button', { name: 'in the list' }).click()
  await page.getByRole('grid').waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'in the list' }).waitFor()
  expect(await groupsOf(page).first().getAttribute('aria-expanded')).toBe('true')
})

it('groups have no violations of accessibility at any width', async ({ signInAs }) => {
  const page = await openGroups(await signInAs('editor'), 'folder')
  await groupsOf(page).first().click()
  await page.getByRole('button', { name: 'in the list' }).waitFor()
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await checkA11y(page)
    await checkWidth(page)
  }
})
