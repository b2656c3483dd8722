import { expect } from 'vitest'
import { freePort } from '../../harness/port.ts'
import { startProcess } from '../../harness/processes.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { it as base } from './consoleIt.ts'
import { countUploadRequests, makeFile, openNetwork, openUploadDialog, waitForBytes } from './uploadPage.ts'

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
  const list = page.getByRole('list', { name: 'Uploads', exact: true })
  await expect.poll(() => list.textContent()).toMatch(/not .*(recording|film|video|media)/i)
})

it('continues an upload by itself after the server was stopped and started', async ({ signInAs, world, allow }) => {
  allow(/ERR_|WebSocket|Failed to load/)
  const port = await freePort()
  const start = () => startProcess('src/server.ts', { ...world.env, PORT: String(port) }, 'Listening.')
  const origin = `http://127.0.0.1:${port}`
  let server = await start()
  try {
    const page = await signInAs('editor', { baseURL: origin })
    await page.goto('/console/library')
    await (await openNetwork(page))({ bytesPerSecond: 1_500_000 })
    const dialog = await openUploadDialog(page, [makeFile('server.bin', 8_000_000)])
    await dialog.getByRole('button', { name: 'Upload 1 file' }).click()
    await waitForBytes(world, 'server.bin', 1_000_000)
    await server.end('SIGKILL')
    await page.getByText('The server is not reached. The upload continues by itself').waitFor()
    const requests = countUploadRequests(page)
    server = await start()
    await page.getByText('1 of 1 uploaded').waitFor()
    expect(requests.offsets().at(-1)).toBeGreaterThan(1_000_000)
  } finally {
    await server.end('SIGTERM')
  }
})
