import { expect } from 'vitest'
import type { WorldOptions } from '../../harness/world.ts'
import { it as base } from './consoleIt.ts'
import { makeFile, openUploadDialog } from './uploadPage.ts'

const it = base.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ worker: true }))

const fullStorage = {
  data: null,
  errors: [{ message: 'The storage is full.', extensions: { code: 'STORAGE_FULL', requestId: 'r-1' } }],
}

it('uploads four of five files, then the failed one by a retry', async ({ signInAs, world }) => {
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.route('**/graphql', (route) => {
    const { query = '', variables } = route.request().postDataJSON() ?? {}
    const isThird = query.includes('mediaUploadCreate') && variables.input.fileName === 'part 3.bin'
    return isThird ? route.fulfill({ json: fullStorage }) : route.continue()
  })
  const files = [1, 2, 3, 4, 5].map((number) => makeFile(`part ${number}.bin`, 100_000 + number))
  const dialog = await openUploadDialog(page, files)
  await dialog.getByRole('button', { name: 'Upload 5 files' }).click()
  await page.getByText('4 of 5 uploaded').waitFor()
  await page.getByText('The storage is full.').waitFor()
  await page.getByText('1 file failed, 4 uploaded').waitFor()
  await page.unroute('**/graphql')
  await page.getByRole('button', { name: 'Retry 1 failed file' }).click()
  await page.getByText('5 of 5 uploaded').waitFor()
  expect(await world.runtime.ports.database.media.count({ where: { fileName: { startsWith: 'part' } } })).toBe(5)
})

it('shows why a file cannot be used, in the words of the server', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/library')
  const text = { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.from('This is no film.') }
  const dialog = await openUploadDialog(page, [text])
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByText('1 file failed').waitFor()
  await page.getByText('The file is named like a video, sound or picture, but its content is something else.').waitFor()
  await page.getByText('Check that you chose the right file.').waitFor()
})
