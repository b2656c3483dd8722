import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, Page } from 'playwright-core'
import { test as base, expect } from 'vitest'
import { inlineTypes } from '../../src/server/disposition.ts'
import { openFilesWorld } from '../server/files/filesWorld.ts'
import { openChromium } from './chromium.ts'
import { samples } from './samples.ts'

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await openChromium()
    onCleanup(() => browser.close())
    return browser
  })
  .extend('page', async ({ browser }, { onCleanup }) => {
    const page = await browser.newPage()
    onCleanup(() => page.close())
    return page
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('file', async ({}, { onCleanup }) => {
    const world = await openFilesWorld()
    onCleanup(() => world.close())
    return async (mimeType: string): Promise<string> => {
      const bytes = (await samples[mimeType]?.()) ?? Buffer.alloc(0)
      await world.changeBytes(bytes)
      world.changeFile({ mimeType, sizeBytes: bytes.length, fileName: 'lecture' })
      return world.signUrl()
    }
  })
  /** Opens a page of another origin with this body. */
  .extend('embed', async ({ page }, { onCleanup }) => {
    let body = ''
    const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(body))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onCleanup(() => void server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo // as: a TCP server has no other address
    return async (html: string) => {
      body = `<!doctype html><title>Course</title>${html}`
      await page.goto(`http://127.0.0.1:${port}/`)
    }
  })

/** Waits until a document, or an element in it, shows the file; rejects if it shows a broken picture or player. */
const expectShown = (target: Page | Frame, mimeType: string): Promise<unknown> => {
  if (mimeType === 'text/plain') return target.waitForFunction(() => document.body?.textContent.includes('plain text'))
  if (mimeType.startsWith('image/')) return target.waitForFunction(() => (document.images[0]?.naturalWidth ?? 0) > 0)
  return target.waitForFunction(() => {
    const player = document.querySelector('video, audio') as HTMLMediaElement | null // as: the selector names two types
    if (player?.error || player?.networkState === HTMLMediaElement.NETWORK_NO_SOURCE)
      throw new Error('The player cannot read the file.')
    return player !== null && player.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
  })
}

/** Waits until the PDF viewer, a page of the browser, has read the file in a frame of its own. */
const expectViewed = (page: Page, url: string): Promise<void> =>
  expect
    .poll(
      () => {
        const inViewer = page.frames().filter((one) => one.parentFrame()?.url().startsWith('chrome-extension:'))
        return inViewer.map((one) => one.url())
      },
      { timeout: 30_000 },
    )
    .toEqual([url])

/** The Chromium that setup downloads has no PDF viewer. */
const hasViewer = (page: Page): Promise<boolean> => page.evaluate(() => navigator.pdfViewerEnabled)

const types = [...inlineTypes]
const ownViewerTypes = types.filter((type) => type !== 'application/pdf')

test('every type that is shown inline has a sample', () => {
  expect(Object.keys(samples).toSorted()).toEqual(types.toSorted())
})

test.for(ownViewerTypes)('%s is shown as a page', async (mimeType, { page, file }) => {
  await page.goto(await file(mimeType))
  await expectShown(page, mimeType)
})

test.for(ownViewerTypes)('%s is shown in a frame', async (mimeType, { page, file, embed }) => {
  const url = await file(mimeType)
  await embed(`<iframe src="${url}"></iframe>`)
  const frame = page.frames().find((one) => one.url() === url)
  if (!frame) throw new Error('The frame has not loaded the file.')
  await expectShown(frame, mimeType)
})

test.for(types.filter((type) => /^(image|video|audio)\//.test(type)))(
  '%s is shown in an element',
  async (mimeType, { page, file, embed }) => {
    const url = await file(mimeType)
    const name = mimeType.startsWith('image/') ? 'img' : mimeType.slice(0, 5)
    await embed(`<${name} src="${url}" preload="auto"></${name}>`)
    await expectShown(page, mimeType)
  },
)

test('a PDF is shown as a page', async ({ page, file, skip }) => {
  skip(!(await hasViewer(page)))
  const url = await file('application/pdf')
  await page.goto(url)
  await expectViewed(page, url)
})

test('a PDF is shown in a frame', async ({ page, file, embed, skip }) => {
  skip(!(await hasViewer(page)))
  const url = await file('application/pdf')
  await embed(`<iframe src="${url}"></iframe>`)
  await expectViewed(page, url)
})
