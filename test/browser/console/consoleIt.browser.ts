import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { followToEnd } from '../../harness/world.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it, itWithWorker } from './consoleIt.ts'

it.beforeAll(({ seedLibrary }) => seedLibrary(60))

it('shows an editor the library with pictures', async ({ signInAs, addMedia }) => {
  await addMedia({ title: 'The pendulum', kind: 'VIDEO', tags: ['Physics'] })
  await addMedia({ title: 'A broken file', status: 'FAILED' })
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.getByText('The pendulum').waitFor()
  await page.waitForFunction(() => [...document.images].some((image) => image.naturalWidth > 0))
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await checkA11y(page)
    await checkWidth(page)
  }
})

it('shows two people at once', async ({ signInAs }) => {
  const pages = await Promise.all([signInAs('editor'), signInAs('editor', { name: 'Bob' })])
  await Promise.all(pages.map((page) => page.goto('/console/library')))
  await pages[0].getByRole('button', { name: 'Ada Editor' }).waitFor()
  await pages[1].getByRole('button', { name: 'Bob Editor' }).waitFor()
})

it('reports errors, policy reports and requests to other hosts', async ({ signInAs, problems, allow }) => {
  allow(/./)
  const page = await signInAs('viewer')
  await page.goto('/console/library')
  await page.evaluate(() => {
    console.error('A message')
    setTimeout(() => {
      throw new Error('A fault')
    })
    document.body.append(Object.assign(new Image(), { src: 'http://other.example/picture.png' }))
    document.body.setAttribute('style', 'color: red')
    void fetch('missing')
  })
  await expect
    .poll(() => problems.lines.map((line) => line.replace(/(:| \().*/s, '')))
    .toEqual(expect.arrayContaining(['console error', 'page error', 'policy report', 'request to another host']))
})

it('reports what axe finds', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  await page.goto('/console/library')
  await page.getByRole('heading', { name: 'Library' }).waitFor()
  await page.evaluate(() => document.body.append(document.createElement('button')))
  await expect(checkA11y(page)).rejects.toThrow('button-name (critical): Buttons must have discernible text')
})

itWithWorker('shows what a client uploads', async ({ signInAs, users, world, files }) => {
  const bytes = await readFile(await files.pathOf('picture.png'))
  const mediaId = await world.upload(users.editor, bytes, { fileName: 'picture.png', title: 'A picture' })
  await followToEnd(users.editor, mediaId)
  const page = await signInAs('editor')
  await page.goto('/console/library')
  await page.getByText('A picture').waitFor()
  await page.waitForFunction(() => [...document.images].every((image) => image.naturalWidth > 0))
})
