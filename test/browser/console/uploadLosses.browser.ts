import { randomBytes } from 'node:crypto'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { WorldOptions } from '../../harness/world.ts'
import { it as base } from './consoleIt.ts'
import {
  chooseBy,
  countUploadRequests,
  makeFile,
  openNetwork,
  openUploadDialog,
  waitForBytes,
  writeRandomFile,
} from './uploadPage.ts'

const withWorker = base.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ worker: true }))

const sizeBytes = 12_000_000

const it = withWorker.extend(
  'startSlowly',
  ({ signInAs, world }) =>
    /** Starts an upload that takes many seconds, and waits until some of its bytes have arrived. */
    async (path: string) => {
      const page = await signInAs('editor')
      const setNetwork = await openNetwork(page)
      await page.goto('/console/library')
      await setNetwork({ bytesPerSecond: 1_500_000 })
      const dialog = await openUploadDialog(page, path)
      await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
      await waitForBytes(world, basename(path), 1_000_000)
      return { page, setNetwork }
    },
)

const reload = async (page: Page): Promise<boolean> => {
  let isAsked = false
  page.once('dialog', (question) => {
    isAsked = question.type() === 'beforeunload'
    void question.accept()
  })
  await page.reload()
  return isAsked
}

it('asks before the page is left while a file is sent', async ({ startSlowly }) => {
  const { page } = await startSlowly(await writeRandomFile('leave.bin', sizeBytes))
  expect(await reload(page)).toBe(true)
})

it('sends only the rest of a file that is chosen again after a reload', async ({ startSlowly }) => {
  const path = await writeRandomFile('lecture.bin', sizeBytes)
  const { page } = await startSlowly(path)
  await reload(page)
  const requests = countUploadRequests(page)
  await chooseBy(page, 'Choose the file lecture.bin again', path)
  await page.getByText('1 of 1 uploaded').waitFor()
  expect(requests.methods()).toEqual(['HEAD', 'PATCH'])
  const [offset = 0] = requests.offsets()
  expect(offset).toBeGreaterThan(1_000_000)
  expect(await requests.patchBytes()).toBe(sizeBytes - offset)
})

it('continues an upload from before a reload when its file is added like a new one', async ({ startSlowly, world }) => {
  const path = await writeRandomFile('dropped.bin', sizeBytes)
  const { page } = await startSlowly(path)
  await reload(page)
  await page.getByText('Choose the file again').first().waitFor()
  const requests = countUploadRequests(page)
  const dialog = await openUploadDialog(page, path)
  await dialog.getByText(/Continues an earlier upload: \d/).waitFor()
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByText('1 of 1 uploaded').waitFor()
  expect(await requests.patchBytes()).toBeLessThan(sizeBytes)
  expect(requests.operations).not.toContain('UploadCreate')
  expect(await world.runtime.ports.database.media.count({ where: { fileName: 'dropped.bin' } })).toBe(1)
})

it('refuses a file that has changed since its upload began', async ({ startSlowly }) => {
  const path = await writeRandomFile('changed.bin', sizeBytes)
  const { page } = await startSlowly(path)
  await reload(page)
  await writeFile(path, randomBytes(sizeBytes))
  await utimes(path, new Date(), new Date(Date.now() + 60_000))
  const requests = countUploadRequests(page)
  await chooseBy(page, 'Choose the file changed.bin again', path)
  await page.getByText('The file has changed since its upload began').waitFor()
  expect(requests.methods()).toEqual([])
})

it('refuses another file than that of the unfinished upload', async ({ startSlowly }) => {
  const { page } = await startSlowly(await writeRandomFile('expected.bin', sizeBytes))
  await reload(page)
  await chooseBy(page, 'Choose the file expected.bin again', [makeFile('other.bin', 10)])
  await page.getByText('This is another file: expected.bin was expected.').waitFor()
})

it('pauses while the browser is offline, and continues by itself', async ({ startSlowly, allow }) => {
  allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK|WebSocket/)
  const { page, setNetwork } = await startSlowly(await writeRandomFile('offline.bin', sizeBytes))
  const requests = countUploadRequests(page)
  await setNetwork({ isOffline: true })
  await page.getByText('The server is not reached. The upload continues by itself').waitFor()
  await setNetwork({})
  await page.getByText('1 of 1 uploaded').waitFor()
  expect(requests.offsets().at(-1)).toBeGreaterThan(1_000_000)
})

it('sends nothing while the person has paused a file', async ({ startSlowly }) => {
  const { page, setNetwork } = await startSlowly(await writeRandomFile('pause.bin', sizeBytes))
  await page.getByRole('button', { name: 'Pause pause.bin' }).click()
  await page.getByText('Paused').waitFor()
  const requests = countUploadRequests(page)
  await setNetwork({})
  await page.getByRole('button', { name: 'Continue pause.bin' }).click()
  await page.getByText('1 of 1 uploaded').waitFor()
  expect(requests.methods()).toEqual(['HEAD', 'PATCH'])
})

it('cancels an upload on the server, too', async ({ startSlowly, world }) => {
  const { page } = await startSlowly(await writeRandomFile('cancel.bin', sizeBytes))
  await page.getByRole('button', { name: 'Cancel cancel.bin' }).click()
  await page.getByText('Cancelled').waitFor()
  const upload = await world.runtime.ports.database.upload.findFirstOrThrow({ where: { fileName: 'cancel.bin' } })
  expect(upload.status).toBe('CANCELLED')
})

it('says that a file was deleted before it was sent', async ({ signInAs, allow }) => {
  allow(/ERR_FILE_NOT_FOUND|ERR_UPLOAD_FILE_CHANGED/)
  const path = await writeRandomFile('deleted.bin', 5000)
  const page = await signInAs('editor')
  await page.goto('/console/library')
  const dialog = await openUploadDialog(page, path)
  await rm(path)
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByText('The browser cannot read the file any more').waitFor()
})
