import { readFile } from 'node:fs/promises'
import { test as base, expect } from 'vitest'
import { mebibyte, openUploadsWorld } from '../server/uploads/uploadsWorld.ts'
import { openChromium } from './chromium.ts'

const tusPath = new URL('../../node_modules/tus-js-client/dist/tus.min.js', import.meta.url)

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('world', async ({}, { onCleanup }) => {
    const world = await openUploadsWorld()
    onCleanup(() => world.close())
    return world
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('page', async ({}, { onCleanup }) => {
    const browser = await openChromium()
    onCleanup(() => browser.close())
    return browser.newPage()
  })

/**
 * Page that sends a file to an upload and reloads itself after the third chunk, while it sends the fourth. Then it
 * finds the upload again.
 */
const writePage = (uploadUrl: string, client: string): string => `<!doctype html><title>Upload</title>
  <script>${client}</script><script type="module">
    const file = new File([new Uint8Array(${mebibyte}).fill(7)], 'lecture.mp4', { lastModified: 1 })
    const upload = new tus.Upload(file, { chunkSize: ${mebibyte / 16}, headers: { Authorization: 'Bearer ada' } })
    const [previous] = await upload.findPreviousUploads()
    let chunks = 0
    Object.assign(upload.options, {
      onError: (error) => { document.title = String(error) },
      onSuccess: () => { document.title = 'Complete after ' + chunks },
      onBeforeRequest: () => previous || chunks < 4 || new Promise(() => {}),
      onChunkComplete: () => { if (++chunks === 3 && !previous) location.reload() },
    })
    if (previous) upload.resumeFromPreviousUpload(previous)
    else if (performance.getEntriesByType('navigation')[0].type !== 'reload') upload.options.uploadUrl = ${JSON.stringify(uploadUrl)}
    upload.start()
  </script>`

test('tus-js-client continues an upload after its page was reloaded', async ({ world, page }) => {
  const { id } = await world.create(mebibyte)
  const html = writePage(`${world.origin}/uploads/${id}`, await readFile(tusPath, 'utf8'))
  await page.route(`${world.origin}/page`, (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await page.goto(`${world.origin}/page`)
  await expect.poll(() => page.title(), { timeout: 30_000 }).toMatch(/^Complete after 1[23]$/)
  expect(world.row(id)).toMatchObject({ status: 'COMPLETED', completedFiles: [{ sizeBytes: mebibyte }] })
})
