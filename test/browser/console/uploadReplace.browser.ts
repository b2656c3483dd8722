import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { followToEnd } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { itWithWorker } from './consoleIt.ts'
import { type ChosenFile, chooseBy, countUploadRequests } from './uploadPage.ts'

const it = itWithWorker
  .extend('picture', { scope: 'file' }, async ({ users, world, files }) => {
    const bytes = await readFile(await files.pathOf('picture.png'))
    const id = await world.upload(users.editor, bytes, { fileName: 'picture.png', title: 'A picture' })
    await followToEnd(users.editor, id)
    return { id, key: id.replace('Media:', '') }
  })
  .extend(
    'countVersions',
    { scope: 'file' },
    ({ world, picture }) =>
      (where: { status?: 'READY' | 'FAILED' }) =>
        world.runtime.ports.database.mediaVersion.count({ where: { mediaId: picture.key, ...where } }),
  )

const openReplaceDialog = async (page: Page, id: string) => {
  await page.goto(`/console/library/${encodeURIComponent(id)}/versions`)
  await page.getByRole('button', { name: 'Replace the file' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replace the file' })
  await dialog.waitFor()
  return dialog
}

const draw = async (path: string, name: string, mimeType: string): Promise<ChosenFile> => ({
  ...{ name, mimeType },
  buffer: await readFile(path),
})

it('uploads the next version of a media', async ({ signInAs, files, picture, countVersions }) => {
  const page = await signInAs('editor')
  const dialog = await openReplaceDialog(page, picture.id)
  await checkA11y(page)
  await dialog.getByLabel('Note').fill('Brighter')
  await chooseBy(page, 'Choose a file', [await draw(await files.pathOf('photo.jpg'), 'new.jpg', 'image/jpeg')])
  await page.getByText('1 of 1 uploaded').waitFor()
  await page.getByText('Brighter').waitFor()
  expect(await countVersions({ status: 'READY' })).toBe(2)
})

it('asks before it sends a file that looks like another kind', async ({ signInAs, files, picture, countVersions }) => {
  const page = await signInAs('editor')
  await openReplaceDialog(page, picture.id)
  const requests = countUploadRequests(page)
  await chooseBy(page, 'Choose a file', [await draw(await files.pathOf('silent.mp4'), 'film.mp4', 'video/mp4')])
  const question = page.getByRole('dialog', { name: 'Upload files' })
  await question.getByText('The file looks like another kind than “A picture”.').waitFor()
  await checkA11y(page)
  expect(requests.methods()).toEqual([])
  await question.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByText('1 file failed').waitFor()
  expect(await countVersions({ status: 'FAILED' })).toBe(1)
})
