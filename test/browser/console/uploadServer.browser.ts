import { expect } from 'vitest'
import { freePort } from '../../harness/port.ts'
import { startProcess } from '../../harness/processes.ts'
import { it } from './consoleIt.ts'
import { countUploadRequests, makeFile, openNetwork, openUploadDialog, waitForBytes } from './uploadPage.ts'

it('continues an upload by itself after the server was stopped and started', { timeout: 90_000 }, async ({
  signInAs,
  world,
  allow,
}) => {
  allow(/ERR_|WebSocket|Failed to load/)
  // The page belongs to a second process of the same world.
  allow(/^request to another host: \w+:\/\/127\.0\.0\.1/)
  const port = await freePort()
  const start = () =>
    startProcess('scripts/start.ts', { ...world.env, LOG_LEVEL: 'info', PORT: String(port) }, 'Listening.')
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
    // A killed server holds the lease of the upload for a while.
    await page.getByText('1 of 1 uploaded').waitFor({ timeout: 60_000 })
    expect(requests.offsets().at(-1)).toBeGreaterThan(1_000_000)
  } finally {
    await server.end('SIGTERM')
  }
})
