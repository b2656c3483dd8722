import { expect } from 'vitest'
import { FolderCreateDocument } from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { it as base } from './consoleIt.ts'
import { countUploadRequests, makeFile, openUploadDialog, writeZeros } from './uploadPage.ts'

const maxUploadBytes = 40_000_000

const it = base.extend(
  'worldOptions',
  { scope: 'file' },
  (): WorldOptions => ({
    worker: true,
    env: { MAX_UPLOAD_BYTES: String(maxUploadBytes) },
  }),
)

it('shows a file from its choice until it is ready', async ({ signInAs, world }) => {
  const page = await signInAs('editor')
  await page.goto('/console/library')
  const dialog = await openUploadDialog(page, [makeFile('one.bin', 3_000_000)])
  await dialog.getByLabel('Title').fill('The first upload')
  await dialog.getByRole('combobox', { name: 'Tags', exact: true }).fill('Biology, cells')
  await dialog.getByRole('combobox', { name: 'Tags', exact: true }).press('Enter')
  await checkA11y(page)
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByRole('link', { name: 'The first upload' }).waitFor()
  await checkA11y(page)
  const media = await world.runtime.ports.database.media.findFirstOrThrow({ where: { title: 'The first upload' } })
  expect(media).toMatchObject({ tags: ['Biology', 'cells'], status: 'READY' })
})

it('puts files into the folder that the library shows', async ({ signInAs, world, users }) => {
  const { folderCreate } = await users.editor.send(FolderCreateDocument, { input: { name: 'Chemistry' } })
  const folderId = 'id' in folderCreate ? folderCreate.id : ''
  const page = await signInAs('editor')
  await page.goto(`/console/library?folder=${encodeURIComponent(folderId)}`)
  const dialog = await openUploadDialog(page, [makeFile('acid.bin', 1000)])
  await dialog.getByRole('button', { name: 'Folder Chemistry' }).waitFor()
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByRole('link', { name: 'acid' }).waitFor()
  const media = await world.runtime.ports.database.media.findFirstOrThrow({ where: { title: 'acid' } })
  expect(globalId('Folder', media.folderId ?? '')).toBe(folderId)
})

it('takes files that are dropped anywhere', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor()
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['Some text'], 'dropped.txt', { type: 'text/plain' }))
    return data
  })
  const overlay = page.getByText('Drop files to upload them')
  await expect
    .poll(
      async () => {
        await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
        return overlay.count()
      },
      { timeout: 20_000 },
    )
    .toBe(1)
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  await page.getByRole('dialog', { name: 'Upload files' }).getByText('dropped.txt').waitFor()
})

it('refuses an empty and a too large file before any request', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor()
  const requests = countUploadRequests(page)
  const dialog = await openUploadDialog(page, [
    await writeZeros('none.bin', 0),
    await writeZeros('huge.bin', maxUploadBytes + 1),
  ])
  await dialog.getByText('The file is empty. Nothing is sent.').waitFor()
  await dialog.getByText('The file has 40,000,001 B; at most 40 MB can be uploaded. Nothing is sent.').waitFor()
  expect(await dialog.getByRole('button', { name: 'Upload', exact: true }).isDisabled()).toBe(true)
  expect(requests.operations.filter((name) => /^MediaOf|^UploadCreate/.test(name))).toEqual([])
  await checkA11y(page)
})

it('sends nothing of a file that the library has', async ({ signInAs, world, users }) => {
  const file = makeFile('known.bin', 2_000_000)
  const mediaId = await world.upload(users.editor, file.buffer, { fileName: 'known.bin', title: 'A known file' })
  const page = await signInAs('editor')
  await page.goto('/console/library')
  const requests = countUploadRequests(page)
  const dialog = await openUploadDialog(page, [file])
  await dialog.getByText('The library already has this file as “A known file”. Nothing was sent.').waitFor()
  await checkA11y(page)
  await dialog.getByRole('button', { name: 'Use that media' }).click()
  await dialog.getByRole('link', { name: 'Open “A known file”' }).click()
  await page.waitForURL((url) => url.searchParams.get('media') === mediaId)
  expect(requests.methods()).toEqual([])
  expect(requests.operations).not.toContain('UploadCreate')
})

it('uploads a file again if the person wants a duplicate', async ({ signInAs, world, users }) => {
  const file = makeFile('twice.bin', 2_000_001)
  await world.upload(users.editor, file.buffer, { fileName: 'twice.bin', title: 'Twice' })
  const page = await signInAs('editor')
  await page.goto('/console/library')
  const dialog = await openUploadDialog(page, [file])
  await dialog.getByRole('button', { name: 'Upload anyway' }).click()
  await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
  await page.getByRole('link', { name: 'twice' }).waitFor()
})

it('reads the bytes of a file only if the library has a media of its size', async ({ signInAs, addMedia, world }) => {
  await addMedia({ title: 'Another picture' })
  const { sizeBytes } = await world.runtime.ports.database.media.findFirstOrThrow({
    where: { title: 'Another picture' },
  })
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor()
  const requests = countUploadRequests(page)
  const sizes = [Number(sizeBytes), 1_234_567]
  const dialog = await openUploadDialog(
    page,
    sizes.map((size) => makeFile(`${size}.bin`, size)),
  )
  await dialog.getByText('Looking for it in the library').last().waitFor({ state: 'detached' })
  await expect
    .poll(() => requests.operations.filter((name) => name.startsWith('MediaOf')).toSorted())
    .toEqual(['MediaOfContent', 'MediaOfSize', 'MediaOfSize'])
})
