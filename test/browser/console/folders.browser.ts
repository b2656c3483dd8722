import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { FolderCreateDocument, FolderLevelDocument } from '../../../client/generated/documents.ts'
import { parseId } from '../../../src/services/kernel/ids.ts'
import { checkA11y } from './accessibility.ts'
import { it } from './consoleIt.ts'

const createFolder = async (client: Client, name: string, parentId?: string): Promise<string> => {
  const { folderCreate } = await client.send(FolderCreateDocument, { input: { name, parentId } })
  if (folderCreate.__typename !== 'Folder') throw new Error(folderCreate.__typename)
  return folderCreate.id
}

const namesIn = async (client: Client, parentId?: string): Promise<string[]> =>
  (await client.send(FolderLevelDocument, { parentId })).folders.map(({ name }) => name)

const row = (page: Page, name: string) => page.getByRole('tree').getByRole('treeitem', { name, exact: false })

/** Opens the menu of a folder and chooses an action. */
const act = async (page: Page, name: string, action: string): Promise<void> => {
  await row(page, name).hover()
  await page.getByRole('button', { name: `Actions for the folder “${name}”` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

const openLibrary = async (page: Page): Promise<Page> => {
  await page.goto('/console/library')
  await page.getByRole('tree').waitFor()
  return page
}

describe('a folder', () => {
  it('is created at the top', async ({ signInAs, users }) => {
    const page = await openLibrary(await signInAs('editor'))
    await page.getByRole('button', { name: 'New folder' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Astronomy')
    await page.keyboard.press('Enter')
    await row(page, 'Astronomy').waitFor()
    expect(await namesIn(users.editor)).toContain('Astronomy')
  })

  it('is created in another one, which opens', async ({ signInAs, users }) => {
    const parent = await createFolder(users.editor, 'Botany')
    const page = await openLibrary(await signInAs('editor'))
    await act(page, 'Botany', 'New folder')
    await page.getByRole('textbox', { name: 'Name' }).fill('Mosses')
    await page.getByRole('button', { name: 'Create' }).click()
    await row(page, 'Mosses').waitFor()
    expect(await namesIn(users.editor, parent)).toEqual(['Mosses'])
  })

  it('whose name is taken keeps the dialog open with the reason', async ({ signInAs, users }) => {
    await createFolder(users.editor, 'Chemistry')
    const page = await openLibrary(await signInAs('editor'))
    await page.getByRole('button', { name: 'New folder' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('chemistry')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'chemistry' }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('chemistry')
    await checkA11y(page)
  })

  it('with a slash in its name is refused beside the field', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'))
    await page.getByRole('button', { name: 'New folder' }).click()
    const field = page.getByRole('textbox', { name: 'Name' })
    await field.fill('a/b')
    await page.keyboard.press('Enter')
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByRole('dialog').textContent()).toContain('slash')
  })

  it('is renamed', async ({ signInAs, users }) => {
    await createFolder(users.editor, 'Drawing')
    const page = await openLibrary(await signInAs('editor'))
    await act(page, 'Drawing', 'Rename')
    await page.getByRole('textbox', { name: 'Name' }).fill('Painting')
    await page.getByRole('button', { name: 'Save' }).click()
    await row(page, 'Painting').waitFor()
    expect(await namesIn(users.editor)).not.toContain('Drawing')
  })

  it('is moved into another one', async ({ signInAs, users }) => {
    await createFolder(users.editor, 'Etching')
    const target = await createFolder(users.editor, 'Fine arts')
    const page = await openLibrary(await signInAs('editor'))
    await act(page, 'Etching', 'Move')
    const dialog = page.getByRole('dialog', { name: 'Move “Etching”' })
    await dialog.getByRole('treeitem', { name: 'Fine arts' }).click()
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Move' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => row(page, 'Etching').getAttribute('aria-level')).toBe('2')
    expect(await namesIn(users.editor, target)).toEqual(['Etching'])
  })

  it('cannot be moved into itself', async ({ signInAs, users }) => {
    await createFolder(users.editor, 'Geology')
    const page = await openLibrary(await signInAs('editor'))
    await act(page, 'Geology', 'Move')
    const dialog = page.getByRole('dialog', { name: 'Move “Geology”' })
    await dialog.getByRole('treeitem', { name: 'Geology' }).click({ force: true })
    expect(await dialog.getByRole('button', { name: 'Move' }).isDisabled()).toBe(true)
  })

  it('that is empty is deleted, which leaves the focus in the tree', async ({ signInAs, users }) => {
    await createFolder(users.editor, 'History')
    const page = await openLibrary(await signInAs('editor'))
    await row(page, 'History').click()
    await act(page, 'History', 'Delete')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await row(page, 'History').waitFor({ state: 'detached' })
    await page.getByRole('treeitem', { name: 'All media', selected: true }).waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.role)).toBe('treeitem')
    expect(await namesIn(users.editor)).not.toContain('History')
  })

  it('that holds media stays, with the reason of the server', async ({ signInAs, users, addMedia }) => {
    const id = await createFolder(users.editor, 'Informatics')
    await addMedia({ title: 'Sorting', folderId: parseId('Folder', id) })
    const page = await openLibrary(await signInAs('editor'))
    await act(page, 'Informatics', 'Delete')
    const dialog = page.getByRole('alertdialog')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => dialog.getByRole('alert').textContent()).toContain('not empty')
    await checkA11y(page)
  })

  it('that is named by the address is shown in the tree with the folders above it', async ({ signInAs, users }) => {
    const top = await createFolder(users.editor, 'Journalism')
    const inner = await createFolder(users.editor, 'Reports', top)
    const page = await signInAs('viewer')
    await page.goto(`/console/library?folder=${encodeURIComponent(inner)}`)
    await page.getByRole('treeitem', { name: 'Reports', selected: true }).waitFor()
    const path = page.getByRole('navigation', { name: 'Path of the folder' })
    await path.getByRole('button', { name: 'Journalism' }).click()
    await page.getByRole('treeitem', { name: 'Journalism', selected: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('folder')).toBe(top)
  })

  it('that no longer exists is said to be gone', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await page.goto('/console/library?folder=Folder:00000000-0000-4000-8000-000000000000')
    await page.getByText('This folder no longer exists').first().waitFor()
  })
})

it('the tree is used by keyboard only', async ({ signInAs, users }) => {
  const top = await createFolder(users.editor, 'Keyboards')
  await createFolder(users.editor, 'Organ', top)
  const page = await openLibrary(await signInAs('editor'))
  await page.getByRole('treeitem', { name: 'All media' }).focus()
  await page.keyboard.type('k')
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['name'])
  await expect.poll(focused).toBe('Keyboards')
  await page.keyboard.press('ArrowRight')
  await row(page, 'Organ').waitFor()
  await page.keyboard.press('ArrowRight')
  await expect.poll(focused).toBe('Organ')
  await page.keyboard.press('Enter')
  await page.getByRole('treeitem', { name: 'Organ', selected: true }).waitFor()
  await page.keyboard.press('ArrowLeft')
  await expect.poll(focused).toBe('Keyboards')
  await page.keyboard.press('ArrowLeft')
  await row(page, 'Organ').waitFor({ state: 'detached' })
  await page.keyboard.press('Tab')
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.ariaLabel))
    .toBe('Actions for the folder “Keyboards”')
})

it('offers viewers no changes of folders', async ({ signInAs, users }) => {
  await createFolder(users.editor, 'Literature')
  const page = await openLibrary(await signInAs('viewer'))
  await row(page, 'Literature').waitFor()
  expect(await page.getByRole('button', { name: 'New folder' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Actions for the folder' }).count()).toBe(0)
})
