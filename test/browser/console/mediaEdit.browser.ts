import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { readMedia } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { it as base } from './consoleIt.ts'

const it = base.extend('openMedia', ({ signInAs }) => async (id: string, role: 'viewer' | 'editor' = 'editor') => {
  const page = await signInAs(role)
  await page.goto(`/console/library/${id}/overview`)
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
  return page
})

const textbox = (page: Page, name: string) => page.getByRole('textbox', { name })

const save = (page: Page): Promise<void> => page.getByRole('button', { name: 'Save changes' }).click()

it('saves texts and tags', async ({ openMedia, addMedia, users }) => {
  const id = await addMedia({ title: 'A draft', tags: ['old'] })
  const page = await openMedia(id)
  await textbox(page, 'Title').fill('The final title')
  await page.getByRole('combobox', { name: 'Tags' }).fill('Physics')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove old' }).click()
  await save(page)
  await page.getByText('The changes are saved.').waitFor()
  await page.getByRole('heading', { name: 'The final title' }).waitFor()
  expect(await readMedia(users.editor, id)).toMatchObject({ title: 'The final title', tags: ['Physics'] })
})

it('shows the issues of the server at their fields', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A title to clear' }))
  await textbox(page, 'Title').fill('')
  await textbox(page, 'File name').fill('a/b')
  await save(page)
  for (const name of ['Title', 'File name']) {
    const field = textbox(page, name)
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    const describedBy = (await field.getAttribute('aria-describedby')) ?? ''
    const texts = describedBy.split(' ').map((textId) => page.locator(`[id="${textId}"]`).textContent())
    expect((await Promise.all(texts)).join('')).not.toBe('')
  }
  expect(await textbox(page, 'File name').inputValue()).toBe('a/b')
  await checkA11y(page)
})

it('shows both texts to the second of two editors', async ({ openMedia, addMedia, users }) => {
  const id = await addMedia({ title: 'A shared title' })
  const page = await openMedia(id)
  await textbox(page, 'Title').fill('The title of Ada')
  await textbox(page, 'Alternative text').fill('The text of Ada')
  const input = { id, title: 'The title of Root', description: 'The description of Root' }
  await users.admin.send(MediaUpdateDocument, { input })
  await save(page)
  const dialog = page.getByRole('alertdialog', { name: 'Changed by someone else' })
  await dialog.getByText('The title of Ada').waitFor()
  await dialog.getByText('The title of Root').waitFor()
  await checkA11y(page)
  await dialog.getByText('The title of Root').click()
  await page.getByRole('button', { name: 'Save this choice' }).click()
  await page.getByText('The changes are saved.').waitFor()
  await expect.poll(() => textbox(page, 'Title').inputValue()).toBe('The title of Root')
  expect(await textbox(page, 'Alternative text').inputValue()).toBe('The text of Ada')
  expect(await textbox(page, 'Description').inputValue()).toBe('The description of Root')
})

it('shows at once what another person has saved', async ({ openMedia, addMedia, users }) => {
  const id = await addMedia({ title: 'A title that changes' })
  const page = await openMedia(id)
  await page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/graphql`).length > 1)
  await users.admin.send(MediaUpdateDocument, { input: { id, title: 'A changed title' } })
  await page.getByRole('heading', { name: 'A changed title' }).waitFor()
  await expect.poll(() => textbox(page, 'Title').inputValue()).toBe('A changed title')
})

it('asks before unsaved changes are left', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A media to leave' }))
  await textbox(page, 'Title').fill('Not saved')
  await page.getByRole('link', { name: 'Library' }).last().click()
  await page.getByRole('alertdialog', { name: 'Leave without saving?' }).waitFor()
  await page.getByRole('button', { name: 'Stay' }).click()
  expect(await textbox(page, 'Title').inputValue()).toBe('Not saved')
  await page.getByRole('link', { name: 'Library' }).last().click()
  await page.getByRole('button', { name: 'Leave without saving' }).click()
  await page.getByRole('heading', { name: 'Library', level: 1 }).waitFor()
})

it('keeps what was typed while another tab is shown', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A media with tabs' }))
  await textbox(page, 'Title').fill('Typed before')
  await page.getByRole('tab', { name: 'Versions' }).click()
  await page.getByRole('heading', { name: 'Version 1' }).waitFor()
  await page.getByRole('tab', { name: 'Overview' }).click()
  expect(await textbox(page, 'Title').inputValue()).toBe('Typed before')
})

it('saves what was typed when the session ends, after a new sign-in', async ({
  openMedia,
  addMedia,
  allow,
  createLink,
}) => {
  allow(/401/)
  const page = await openMedia(await addMedia({ title: 'A media of a session' }))
  await textbox(page, 'Title').fill('Typed in time')
  await page.context().clearCookies()
  // At once: any other request would open the dialog, too.
  await textbox(page, 'Title').press('Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Your session has ended' })
  await dialog.getByLabel('Link or code').fill(await createLink())
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The changes are saved.').waitFor()
  await page.getByRole('heading', { name: 'Typed in time' }).waitFor()
  expect(await textbox(page, 'Title').inputValue()).toBe('Typed in time')
})

it('keeps what was typed while the server does not answer', async ({ openMedia, addMedia, allow }) => {
  allow(/Failed to load resource|ERR_/)
  const page = await openMedia(await addMedia({ title: 'A media without a server' }))
  await textbox(page, 'Title').fill('Typed offline')
  await page.route('**/graphql', (route) => route.abort())
  await save(page)
  await page.getByText('The server does not answer.').first().waitFor()
  expect(await textbox(page, 'Title').inputValue()).toBe('Typed offline')
  await page.unroute('**/graphql')
  await save(page)
  await page.getByText('The changes are saved.').waitFor()
})

it('offers a viewer no form', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A media to read' }), 'viewer')
  await page.getByRole('definition').filter({ hasText: 'A media to read' }).waitFor()
  expect(await page.getByRole('textbox').count()).toBe(0)
  expect(await page.getByRole('tab', { name: 'History' }).count()).toBe(0)
})

it('says why an editor cannot change the media of another person', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A media of Bob', uploader: 'Bob' }))
  await page.getByText('You cannot change this media').waitFor()
  expect(await page.getByRole('button', { name: 'Save changes' }).count()).toBe(0)
})
