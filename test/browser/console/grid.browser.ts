import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { MediaDeleteDocument, MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'
import { barOf, cardsOf, focusedId, idOf, mark, openLibrary, scrollBoxOf, selectedIds, totalOf } from './grid.ts'

/** Live changes of one second, on a busy machine. */
const poll = <Value>(read: () => Promise<Value>) => expect.poll(read, { timeout: 15_000 })

it.beforeAll(({ seedLibrary }) => seedLibrary(250))

it('is searched, selected and cleared by the keyboard alone', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await page.keyboard.press('/')
  await page.keyboard.type('lecture')
  await page.waitForURL(/search=lecture/)
  await page.locator('[role=grid][aria-busy=false]').waitFor()
  while ((await focusedId(page)) === undefined) await page.keyboard.press('Tab')
  const [first, second] = [await idOf(cardsOf(page).first()), await idOf(cardsOf(page).nth(1))]
  expect(await focusedId(page)).toBe(first)
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowRight')
  await poll(() => selectedIds(page)).toEqual([first, second])
  expect(await focusedId(page)).toBe(second)
  await page.keyboard.press('Escape')
  expect(await selectedIds(page)).toEqual([])
})

it('has one stop for the Tab key', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  await openLibrary(page)
  expect(await page.locator('[role=grid] [tabindex="0"]').count()).toBe(1)
  await cardsOf(page).nth(3).focus()
  expect(await page.locator('[role=grid] [tabindex="0"]').count()).toBe(1)
})

it('selects a range by Shift, in place of the last one', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  const ids = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => idOf(cardsOf(page).nth(index))))
  await mark(cardsOf(page).nth(1))
  await mark(cardsOf(page).nth(5), ['Shift'])
  await poll(() => selectedIds(page)).toEqual(ids.slice(1))
  await mark(cardsOf(page).nth(3), ['Shift'])
  await poll(() => selectedIds(page)).toEqual(ids.slice(1, 4))
})

it('selects single media by Ctrl and a click', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await cardsOf(page)
    .nth(0)
    .click({ modifiers: ['Control'] })
  await cardsOf(page)
    .nth(2)
    .click({ modifiers: ['Control'] })
  expect(await selectedIds(page)).toEqual([await idOf(cardsOf(page).nth(0)), await idOf(cardsOf(page).nth(2))])
  expect(page.url()).not.toContain('media=')
})

it('selects what a dragged rectangle touches', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  const [from, to] = [await cardsOf(page).nth(0).boundingBox(), await cardsOf(page).nth(5).boundingBox()]
  await page.mouse.move((from?.x ?? 0) + 40, (from?.y ?? 0) + 200)
  await page.mouse.down()
  await page.mouse.move((to?.x ?? 0) + 30, (to?.y ?? 0) + 30, { steps: 5 })
  await page.mouse.up()
  const ids = await Promise.all([0, 1, 4, 5].map((index) => idOf(cardsOf(page).nth(index))))
  expect(await selectedIds(page)).toEqual(ids)
  expect(page.url()).not.toContain('media=')
})

it('scrolls while a rectangle is dragged to its edge', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  const box = await scrollBoxOf(page).boundingBox()
  await page.mouse.move((box?.x ?? 0) + 10, (box?.y ?? 0) + 60)
  await page.mouse.down()
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + (box?.height ?? 0) - 5, { steps: 5 })
  await poll(() => scrollBoxOf(page).evaluate((element) => element.scrollTop)).toBeGreaterThan(800)
  await page.mouse.up()
  await poll(() => barOf(page).textContent()).toMatch(/[1-9]\d selected/)
})

it('selects all that match less two', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await cardsOf(page).first().focus()
  await page.keyboard.press('Control+a')
  await mark(cardsOf(page).nth(1))
  await mark(cardsOf(page).nth(2))
  const total = await totalOf(page)
  await poll(() => barOf(page).textContent()).toContain(`${total - 2} selected`)
  await poll(() => barOf(page).textContent()).toContain('2 left out')
})

it('clears the selection when the filter changes', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await mark(cardsOf(page).first())
  await page.getByRole('button', { name: 'Video' }).first().click()
  await page.getByText('Nothing is selected any more').waitFor({ state: 'attached' })
  await barOf(page).waitFor({ state: 'detached' })
})

it('returns to the same media after the way back', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await cardsOf(page).first().focus()
  for (let count = 0; count < 5; count++) await page.keyboard.press('PageDown')
  const id = await focusedId(page)
  const top = await scrollBoxOf(page).evaluate((element) => element.scrollTop)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/library\/Media/)
  await page.goBack()
  await poll(() => focusedId(page)).toBe(id)
  expect(await scrollBoxOf(page).evaluate((element) => element.scrollTop)).toBe(top)
})

it('shows the details of a media by a click until it is clicked again', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  const panel = page.getByRole('complementary', { name: 'Details' })
  await cardsOf(page).nth(1).click()
  await panel.waitFor()
  await page.waitForTimeout(600) // a double click would open the media
  await page.locator(`[data-media="${await idOf(cardsOf(page).nth(1))}"]`).click()
  await panel.waitFor({ state: 'detached' })
})

it('lists the shortcuts that work', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Select all that match').waitFor()
  await checkA11y(page)
})

it('shows what other people add, change and remove', async ({ signInAs, users, world }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  const bytes = await readFile(new URL('../../../README.md', import.meta.url))
  const id = await world.upload(users.otherEditor, bytes, { fileName: 'notes.txt', title: 'Notes of another person' })
  const card = page.locator(`[data-media="${id}"]`)
  await card.getByText('Notes of another person').waitFor()
  expect(await idOf(cardsOf(page).first())).toBe(id)
  await users.otherEditor.send(MediaUpdateDocument, { input: { id, title: 'Notes of the second week' } })
  await card.getByText('Notes of the second week').waitFor()
  await users.otherEditor.send(MediaDeleteDocument, { input: { id } })
  await card.waitFor({ state: 'detached' })
})

it('offers the media that were added while a later part is read', async ({ signInAs, users, world }) => {
  const page = await signInAs('editor')
  await openLibrary(page)
  await cardsOf(page).first().focus()
  for (let count = 0; count < 4; count++) await page.keyboard.press('PageDown')
  const place = await focusedId(page)
  const bytes = Buffer.from('Some notes')
  const id = await world.upload(users.otherEditor, bytes, { fileName: 'more.txt', title: 'More notes' })
  const button = page.getByRole('button', { name: '1 new media' })
  await button.waitFor()
  expect(await focusedId(page)).toBe(place)
  await button.click()
  await poll(() => idOf(cardsOf(page).first())).toBe(id)
})

it('moves the focus to the next media when one is removed', async ({ signInAs, users }) => {
  const page = await signInAs('editor')
  await openLibrary(page, '?used=false')
  const [id, next] = [await idOf(cardsOf(page).nth(2)), await idOf(cardsOf(page).nth(3))]
  await cardsOf(page).nth(2).focus()
  await users.admin.send(MediaDeleteDocument, { input: { id } })
  await poll(() => focusedId(page)).toBe(next)
})

it('has no accessibility violation in any view and width', async ({ signInAs, addMedia }) => {
  await addMedia({ title: 'The pendulum', kind: 'VIDEO', tags: ['Physics', 'Mechanics', 'Experiment'] })
  await addMedia({ title: 'A broken file', status: 'FAILED' })
  const page = await signInAs('editor')
  for (const search of ['', '?view=table'])
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await openLibrary(page, search)
      await cardsOf(page).nth(1).focus()
      await page.keyboard.press('Space')
      await barOf(page).waitFor()
      await checkA11y(page)
      await checkWidth(page)
    }
})
