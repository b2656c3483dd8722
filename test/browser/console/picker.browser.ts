import { readFile } from 'node:fs/promises'
import type { Frame, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { makeToken } from '../../../src/adapters/auth.ts'
import { testSecret } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { it as base } from './consoleIt.ts'
import { startPickerHost } from './pickerHost.ts'

const documentation = await readFile(new URL('../../../docs/picker.md', import.meta.url), 'utf8')
const [, example = ''] = /```html\n([\s\S]*?)```/.exec(documentation) ?? []

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('host', { scope: 'file' }, async ({}, { onCleanup }) => {
    const host = await startPickerHost()
    onCleanup(() => host.close())
    return host
  })
  .extend('worldOptions', { scope: 'file' }, ({ host }) => ({ env: { CORS_ORIGINS: host.origin } }))
  /** Opens the site's page with the example of the documentation, changed by `edit`. */
  .extend('openHost', ({ host, world, openPage, allow }) => async (edit: (html: string) => string = (html) => html) => {
    allow(new RegExp(`request to another host: ${host.origin}/`))
    host.html = edit(example).replaceAll('http://127.0.0.1:4000', world.origin)
    host.readToken = () => world.token('editor', 'Ada')
    host.tokenCount = 0
    const page = await openPage()
    await page.goto(host.origin)
    await page.waitForFunction(() => customElements.get('mediagraph-picker') !== undefined)
    return page
  })

it.beforeAll(async ({ addMedia }) => {
  await addMedia({ title: 'Cell division', kind: 'VIDEO' })
  await addMedia({ title: 'Photosynthesis', kind: 'VIDEO' })
  await addMedia({ title: 'A leaf', kind: 'IMAGE' })
})

const openPicker = async (page: Page): Promise<Frame> => {
  await page.click('#choose')
  const element = await page.waitForSelector('mediagraph-picker iframe')
  const frame = await element.contentFrame()
  if (frame === null) throw new Error('The iframe has no page.')
  return frame
}

const choose = (frame: Frame, title: string) => frame.getByText(title, { exact: true }).first().click()
const confirm = (frame: Frame) => frame.locator('footer').getByRole('button').last().click()
const message = (page: Page) => expect.poll(() => page.textContent('#message'), { timeout: 20_000 })
const focused = (page: Page) => expect.poll(() => page.evaluate(() => document.activeElement?.id))

const makeExpired = (): Promise<string> =>
  makeToken(testSecret, { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '-1h' })

describe('the picker on a page of another site', () => {
  it('picks a video, which the page links as the documentation shows', async ({ openHost, world }) => {
    const page = await openHost()
    const frame = await openPicker(page)
    await choose(frame, 'Cell division')
    await confirm(frame)
    await message(page).toBe('The lesson shows “Cell division”.')
    const query =
      '{ resource(ref: { source: "lms", type: "lesson", externalId: "7" }) { title usages { nodes { media { title } } } } }'
    const { data } = await world.post(await world.token('viewer'), query)
    expect(data).toEqual({
      resource: { title: 'Lesson 7', usages: { nodes: [{ media: { title: 'Cell division' } }] } },
    })
  })

  it('returns every attribute of a media that it promises', async ({ openHost }) => {
    const page = await openHost()
    await page.evaluate(() => {
      document
        .querySelector('mediagraph-picker')
        ?.addEventListener('select', (event) => Object.assign(window, { picked: (event as CustomEvent).detail })) // as: an event of the picker
    })
    const frame = await openPicker(page)
    await choose(frame, 'Photosynthesis')
    await confirm(frame)
    await message(page).toContain('Photosynthesis')
    const [media] = await page.evaluate(() => (window as unknown as { picked: Record<string, unknown>[] }).picked) // as: see above
    expect(media).toMatchObject({ title: 'Photosynthesis', kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: 90 })
    expect(media).toMatchObject({ width: 640, height: 360, id: expect.any(String) })
    expect((await fetch(String(media?.['thumbnailUrl']))).headers.get('content-type')).toBe('image/webp')
  })

  it('offers media of the allowed kinds only', async ({ openHost }) => {
    const page = await openHost()
    const frame = await openPicker(page)
    await frame.getByText('Photosynthesis', { exact: true }).first().waitFor()
    expect(await frame.getByText('A leaf').count()).toBe(0)
    await frame.getByRole('searchbox', { name: 'Search media' }).fill('A leaf')
    await frame.getByText('No media matches').waitFor()
  })

  it('returns several media in the order in which they were picked', async ({ openHost }) => {
    const page = await openHost((html) =>
      html
        .replace('kinds="video"', 'kinds="video, image" multiple max="2"')
        .replace('detail: [media] }', 'detail }')
        .replace('await linkMedia(media.id)', '')
        .replace(/show\(`.*`\)/, 'show(detail.map(({ title }) => title).join(" + "))'),
    )
    const frame = await openPicker(page)
    for (const title of ['A leaf', 'Cell division', 'Photosynthesis']) await choose(frame, title)
    await frame.getByText('At most 2 media can be selected.').waitFor()
    await choose(frame, 'Photosynthesis')
    await confirm(frame)
    await message(page).toBe('A leaf + Cell division')
  })

  it('cancels by Escape, which returns the focus to the button', async ({ openHost }) => {
    const page = await openHost((html) =>
      html.replace(
        '</script>\n</html>',
        'picker.addEventListener("cancel", () => show("Cancelled."))\n</script>\n</html>',
      ),
    )
    const frame = await openPicker(page)
    await frame.getByRole('searchbox', { name: 'Search media' }).focus()
    await page.keyboard.press('Escape')
    await message(page).toBe('Cancelled.')
    await focused(page).toBe('choose')
    expect(await page.locator('mediagraph-picker iframe').count()).toBe(0)
  })

  it('returns the focus to the button after a selection', async ({ openHost }) => {
    const page = await openHost()
    const frame = await openPicker(page)
    await choose(frame, 'Cell division')
    await confirm(frame)
    await focused(page).toBe('choose')
  })

  it('asks for a new token when the server rejects the last one', async ({ openHost, host, allow }) => {
    allow(/401 \(Unauthorized\)/)
    const page = await openHost()
    const { readToken } = host
    host.readToken = () => (host.tokenCount === 1 ? makeExpired() : readToken())
    const frame = await openPicker(page)
    await choose(frame, 'Cell division')
    expect(host.tokenCount).toBe(2)
    await confirm(frame)
    await message(page).toBe('The lesson shows “Cell division”.')
  })

  it('reports that the page has no token', async ({ openHost, host, allow }) => {
    allow(/401 \(Unauthorized\)/)
    const page = await openHost()
    host.readToken = () => Promise.reject(new Error('signed out'))
    await page.click('#choose')
    await message(page).toBe('Sign in to the LMS again.')
    await focused(page).toBe('choose')
  })

  it('is found accessible, the dialog of the page as well as the frame', async ({ openHost }) => {
    const page = await openHost()
    const frame = await openPicker(page)
    await choose(frame, 'Cell division')
    await page.getByRole('dialog', { name: 'Media library' }).waitFor()
    await checkA11y(page)
    await checkA11y(page, frame)
  })
})

describe('strangers', () => {
  it('cannot show the picker in a frame', async ({ openPage, world, allow }) => {
    allow(/request to another host|frame-ancestors|favicon/)
    const stranger = await startPickerHost()
    try {
      stranger.html = `<!doctype html><title>Stranger</title><iframe src="${world.origin}/console/picker"></iframe>`
      const page = await openPage()
      const report = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
      await page.goto(stranger.origin)
      await report
      expect(await page.frames().at(-1)?.locator('#root').count()).toBe(0)
    } finally {
      await stranger.close()
    }
  })

  it('cannot load the script of the element', async ({ openPage, world, allow }) => {
    allow(/request to another host|CORS policy|ERR_FAILED|favicon/)
    const stranger = await startPickerHost()
    try {
      stranger.html = `<!doctype html><title>Stranger</title><script type="module" src="${world.origin}/console/picker.js"></script>`
      const page = await openPage()
      const report = page.waitForEvent('console', (message) => message.text().includes('CORS policy'))
      await page.goto(stranger.origin)
      await report
    } finally {
      await stranger.close()
    }
  })

  it('cannot open the picker with a token of their own', async ({ openHost, world }) => {
    const forge = `<iframe id="picker" src="${world.origin}/console/picker"></iframe>
      <iframe id="stranger" srcdoc="<script>
        const send = () => {
          const { port2 } = new MessageChannel()
          const options = { kinds: null, isMultiple: false, max: null, folder: null, search: null, language: 'en' }
          const message = { type: 'mediagraph-picker-open', token: 'forged', options }
          parent.frames[0].postMessage(message, '*', [port2])
          parent.postMessage('forged', '*')
        }
        addEventListener('message', send)
      </script>"></iframe>
      <script>
        addEventListener('message', ({ data, source }) => {
          if (data?.type === 'mediagraph-picker-ready') frames[1].postMessage('send', '*')
          if (data === 'forged') {
            frames[0].postMessage({ type: 'mediagraph-picker-open', token: 'x' }, '*')
            document.title = 'forged'
          }
        })
      </script>`
    const page = await openHost((html) => html.replace('<h1>', `${forge}<h1>`))
    await page.waitForFunction(() => document.title === 'forged')
    const frame = await (await page.waitForSelector('#picker')).contentFrame()
    // The page of the picker handles messages in their order: after this one, the forged ones have been ignored.
    await frame?.evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => setTimeout(resolve)
          port2.postMessage(null)
        }),
    )
    expect(await frame?.locator('#root').innerHTML()).toBe('')
  })

  it('receive no token by claiming to be the picker', async ({ openHost }) => {
    const page = await openHost()
    await page.evaluate(() => {
      Object.assign(window, { messages: [] })
      addEventListener('message', ({ data }) => {
        ;(window as unknown as { messages: unknown[] }).messages.push(data) // as: the line above
      })
    })
    const frame = await openPicker(page)
    await page.evaluate(() => postMessage({ type: 'mediagraph-picker-ready' }, '*'))
    await frame.getByText('Cell division', { exact: true }).first().waitFor()
    await page.waitForFunction(() => (window as unknown as { messages: unknown[] }).messages.length === 2) // as: see above
    expect(await page.evaluate(() => JSON.stringify((window as unknown as { messages: unknown[] }).messages))).toBe(
      JSON.stringify([{ type: 'mediagraph-picker-ready' }, { type: 'mediagraph-picker-ready' }]),
    )
  })
})
