import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { MediaLinkDocument } from '../../../client/generated/documents.ts'
import { followToEnd } from '../../harness/world.ts'
import { samples } from '../samples.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { itWithWorker as base } from './consoleIt.ts'

const it = base
  /** Uploads a file without renditions and waits until it was examined. Resolves to the id of its media. */
  .extend('put', ({ world, users }) => async (bytes: Buffer, input: { fileName: string; title: string }) => {
    const id = await world.upload(users.editor, bytes, { ...input, renditions: [], allowDuplicate: true })
    await followToEnd(users.editor, id)
    return id
  })
  .extend('openMedia', ({ signInAs }) => async (id: string, tab = 'overview') => {
    const page = await signInAs('editor')
    await page.goto(`/console/library/${id}/${tab}`)
    return page
  })

const play = (page: Page): Promise<unknown> =>
  page.waitForFunction(async () => {
    const player = document.querySelector('video, audio') as HTMLMediaElement | null // as: the selector names two types
    if (player === null) return false
    if (player.error) throw new Error(player.error.message)
    await player.play()
    return player.currentTime > 0
  })

/** Waits until the PDF viewer, a page of the browser, has read the file in a frame of its own. */
const expectPdf = (page: Page): Promise<void> =>
  expect
    .poll(() => page.frames().filter((frame) => frame.parentFrame()?.url().startsWith('chrome-extension:')).length, {
      timeout: 30_000,
    })
    .toBe(1)

const expectShown = (page: Page, mimeType: string): Promise<unknown> => {
  if (mimeType === 'text/plain') return page.locator('pre', { hasText: 'Notes in plain text' }).waitFor()
  if (mimeType === 'application/pdf') return expectPdf(page)
  if (!mimeType.startsWith('image/')) return play(page)
  return page.waitForFunction(() => (document.querySelector<HTMLImageElement>('section img')?.naturalWidth ?? 0) > 0)
}

/** One type of each viewer, and those that only some browsers know. The unit tests of `toViewer` have every type. */
const types = [
  'image/png',
  'image/avif',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/flac',
  'application/pdf',
  'text/plain',
]

it.for(types)('shows a file of the type %s', async (mimeType, { put, openMedia }) => {
  const bytes = (await samples[mimeType]?.()) ?? Buffer.alloc(0)
  const page = await openMedia(await put(bytes, { fileName: 'lecture', title: `A lecture as ${mimeType}` }))
  await page.getByRole('heading', { name: `A lecture as ${mimeType}` }).waitFor()
  await expectShown(page, mimeType)
})

it('offers a file that browsers cannot show for download', async ({ put, openMedia }) => {
  const bytes = Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)])
  const page = await openMedia(await put(bytes, { fileName: 'archive.zip', title: 'An archive' }))
  await page.getByText('Browsers cannot show this type of file').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('archive.zip')
})

const positionOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.querySelector('video')?.currentTime ?? -1)

it('moves a video by keys of the timeline', async ({ put, openMedia, files }) => {
  const bytes = await readFile(await files.pathOf('long.mp4'))
  const page = await openMedia(await put(bytes, { fileName: 'film.mp4', title: 'A film' }))
  const slider = page.getByRole('slider', { name: 'Position' })
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) > 0)
  await slider.focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => positionOf(page)).toBe(5)
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => positionOf(page)).toBe(0)
  await page.keyboard.press('.')
  await expect.poll(() => positionOf(page)).toBeCloseTo(0.04, 3)
  await page.keyboard.press(',')
  await expect.poll(() => positionOf(page)).toBe(0)
})

it('shows the file as on a phone', async ({ put, openMedia }) => {
  const bytes = (await samples['image/png']?.()) ?? Buffer.alloc(0)
  const page = await openMedia(await put(bytes, { fileName: 'a.png', title: 'A picture' }))
  await page.getByRole('button', { name: 'Phone preview' }).click()
  const box = await page.getByRole('region', { name: 'Picture of A picture' }).boundingBox()
  expect(box?.width).toBeLessThan(390)
})

it('is accessible on every tab', async ({ users, put, signInAs }) => {
  const bytes = (await samples['video/mp4']?.()) ?? Buffer.alloc(0)
  const id = await put(bytes, { fileName: 'film.mp4', title: 'An accessible film' })
  const resource = { type: 'lesson', externalId: 'lesson-1', title: 'The first lesson', url: 'https://lms.example/1' }
  await users.editor.send(MediaLinkDocument, { input: { mediaId: id, resource } })
  const pages = [
    await signInAs('editor', { colorScheme: 'light' }),
    await signInAs('editor', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }),
  ]
  for (const tab of ['overview', 'usages', 'versions', 'renditions', 'history', 'assignments'])
    for (const page of pages) {
      await page.goto(`/console/library/${id}/${tab}`)
      await page.getByRole('tabpanel').waitFor()
      await page.getByRole('status', { name: 'Loading …' }).waitFor({ state: 'detached' })
      await checkA11y(page)
      await checkWidth(page)
    }
})
