import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { MediaDeleteDocument, ResourceDeleteDocument, type ResourceInput } from '../../../client/generated/documents.ts'
import { link, newResource } from '../../harness/links.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { itWithWorker as it } from './consoleIt.ts'

const openSearch = async (page: Page, search: string): Promise<void> => {
  await page.goto(`/console/library?search=${search}`)
  await page.getByRole('gridcell', { name: search }).focus()
}

const trashRow = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Media in the trash' }).getByRole('listitem').filter({ hasText: title })

const lessons = (count: number): ResourceInput[] =>
  Array.from({ length: count }, (_, index) => ({ ...newResource(), title: `Lesson ${index + 1}` }))

describe('deleting one media', () => {
  it('lists its uses page by page instead, if it is in use', async ({ signInAs, users, addMedia }) => {
    const id = await addMedia({ title: 'Wren' })
    for (const lesson of lessons(21)) await link(users.editor, id, lesson)
    const page = await signInAs('editor')
    await openSearch(page, 'Wren')
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Move to the trash' }).click()
    const dialog = page.getByRole('alertdialog', { name: '“Wren” is in use' })
    await dialog.getByText('Shown in 21 places').waitFor()
    await dialog.getByText('Lesson 20', { exact: true }).waitFor()
    expect(await dialog.getByText('Lesson 21', { exact: true }).count()).toBe(0)
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Load more' }).click()
    await dialog.getByText('Lesson 21', { exact: true }).waitFor()
    expect(await dialog.getByRole('checkbox').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('gridcell', { name: 'Wren' }).waitFor()
  })

  it('can be forced by an admin', async ({ signInAs, users, addMedia }) => {
    const id = await addMedia({ title: 'Siskin' })
    for (const lesson of lessons(1)) await link(users.editor, id, lesson)
    const page = await signInAs('admin')
    await openSearch(page, 'Siskin')
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Move to the trash' }).click()
    const force = page.getByRole('button', { name: 'Delete in spite of its uses' })
    expect(await force.isDisabled()).toBe(true)
    await page.getByText('Delete it although it is in use').click()
    await checkA11y(page)
    await force.click()
    await page.getByText('“Siskin” is in the trash.').waitFor()
    await page.getByRole('gridcell', { name: 'Siskin' }).waitFor({ state: 'detached' })
  })

  it('puts the card back if the server does not answer', async ({ signInAs, addMedia, allow }) => {
    allow(/ERR_FAILED|Failed to load resource/)
    await addMedia({ title: 'Linnet' })
    const page = await signInAs('editor')
    await openSearch(page, 'Linnet')
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('mediaDelete')) await route.abort()
      else await route.continue()
    })
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Move to the trash' }).click()
    await page.getByText('The server does not answer.').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('gridcell', { name: 'Linnet' }).waitFor()
  })
})

describe('the trash', () => {
  it('is reached from a search and left again by keyboard only', async ({ signInAs, addMedia, world }) => {
    await addMedia({ title: 'Bullfinch' })
    await addMedia({ title: 'Nightjar' })
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await page.getByRole('gridcell', { name: 'Bullfinch' }).waitFor()
    await page.getByText('All media').waitFor()
    await page.keyboard.press('/')
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
    await page.keyboard.type('Bullfinch')
    await page.getByRole('gridcell', { name: 'Nightjar' }).waitFor({ state: 'detached' })
    const isInGrid = () => page.evaluate(() => document.activeElement?.closest('[role=grid]') !== null)
    while (!(await isInGrid())) await page.keyboard.press('Tab')
    await page.keyboard.press('Delete')
    const confirm = page.getByRole('button', { name: 'Move to the trash' })
    await confirm.waitFor()
    while (!(await confirm.evaluate((button) => button === document.activeElement))) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('“Bullfinch” is in the trash.').waitFor()
    const places = page.getByRole('link', { name: 'Trash' })
    while (!(await places.evaluate((one) => one === document.activeElement))) await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    const restore = page.getByRole('button', { name: 'Restore “Bullfinch”' })
    await restore.waitFor()
    while (!(await restore.evaluate((one) => one === document.activeElement))) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('“Bullfinch” was restored.').waitFor()
    const where = { title: 'Bullfinch', deletedAt: null }
    expect(await world.runtime.ports.database.media.count({ where })).toBe(1)
  })

  it('says which links could not be restored', async ({ signInAs, users, addMedia }) => {
    const id = await addMedia({ title: 'Nuthatch' })
    const lesson = { ...newResource(), title: 'Climbers' }
    await link(users.editor, id, lesson)
    await users.admin.send(MediaDeleteDocument, { input: { id, force: true } })
    const { type, externalId } = lesson
    await users.admin.send(ResourceDeleteDocument, { ref: { type, externalId } })
    const page = await signInAs('editor')
    await page.goto('/console/trash')
    await page.getByRole('button', { name: 'Restore “Nuthatch”' }).click()
    const dialog = page.getByRole('dialog', { name: 'Not restored' })
    await dialog.getByText('Climbers').waitFor()
    await checkA11y(page)
  })

  it('says who deleted a media and how long it stays', async ({ signInAs, users, addMedia }) => {
    const id = await addMedia({ title: 'Redstart' })
    await users.admin.send(MediaDeleteDocument, { input: { id } })
    const page = await signInAs('editor')
    await page.goto('/console/trash')
    await trashRow(page, 'Redstart').getByText('by Root').waitFor()
    await trashRow(page, 'Redstart').getByText('30 days left').waitFor()
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await checkA11y(page)
      await checkWidth(page)
    }
  })

  it('offers to purge to admins only', async ({ signInAs, users, addMedia }) => {
    const id = await addMedia({ title: 'Whinchat' })
    await users.editor.send(MediaDeleteDocument, { input: { id } })
    const editorPage = await signInAs('editor')
    await editorPage.goto('/console/trash')
    await trashRow(editorPage, 'Whinchat').waitFor()
    expect(await editorPage.getByRole('button', { name: 'Delete “Whinchat” permanently' }).count()).toBe(0)
    const page = await signInAs('admin')
    await page.goto('/console/trash')
    await page.getByRole('button', { name: 'Delete “Whinchat” permanently' }).click()
    await checkA11y(page)
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete permanently' }).click()
    await page.getByText('“Whinchat” was deleted permanently.').waitFor()
    await trashRow(page, 'Whinchat').waitFor({ state: 'detached' })
  })

  it('restores all that match except one', async ({ signInAs, users, addMedia, world }) => {
    for (const title of ['Pipit 1', 'Pipit 2', 'Pipit 3'])
      await users.editor.send(MediaDeleteDocument, { input: { id: await addMedia({ title }) } })
    const page = await signInAs('editor')
    await page.goto('/console/trash?search=Pipit')
    await page.getByText('Select all 3').click()
    await trashRow(page, 'Pipit 2').getByRole('checkbox').click({ force: true })
    const bar = page.getByRole('region', { name: 'Selected media' })
    await bar.getByText('2 selected').waitFor()
    await bar.getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('dialog').getByText('2 media').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Done: Restore 2 media').waitFor()
    const where = { title: { startsWith: 'Pipit' }, deletedAt: { not: null } }
    const left = await world.runtime.ports.database.media.findMany({ where })
    expect(left.map(({ title }) => title)).toEqual(['Pipit 2'])
  })
})
