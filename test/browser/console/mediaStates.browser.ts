import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { MediaLinkDocument } from '../../../client/generated/documents.ts'
import { followToEnd, readMedia } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { itWithWorker as base } from './consoleIt.ts'

const it = base.extend('openMedia', ({ signInAs }) => async (id: string, tab = 'overview') => {
  const page = await signInAs('editor')
  await page.goto(`/console/library/${id}/${tab}`)
  return page
})

it('retries a failed media, with the words of the server', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A picture that failed', status: 'FAILED' }))
  await page.getByText('The file ends too early.').waitFor()
  await page.getByText('Export it again.').waitFor()
  await checkA11y(page)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('The file ends too early.').waitFor({ state: 'detached' })
  await page.getByText('Ready', { exact: true }).waitFor()
  await page.getByRole('region', { name: 'Picture of A picture that failed' }).waitFor()
})

it('rolls back to an earlier version', async ({ openMedia, world, users, files }) => {
  const [first, second] = await Promise.all(
    ['picture.png', 'transparent.png'].map(async (name) => readFile(await files.pathOf(name as 'picture.png'))), // as: names of fixtures
  )
  const input = { fileName: 'first.png', title: 'A replaced picture', renditions: [] }
  const id = await world.upload(users.editor, first ?? Buffer.alloc(0), input)
  await followToEnd(users.editor, id)
  const replacement = { fileName: 'second.png', replaces: id, renditions: [], note: 'A better picture' }
  await world.upload(users.editor, second ?? Buffer.alloc(0), replacement)
  await followToEnd(users.editor, id)
  const page = await openMedia(id, 'versions')
  const versionOf = (number: number) => page.getByRole('listitem').filter({ hasText: `Version ${number}` })
  await versionOf(2).getByText('Current').waitFor()
  for (const number of [1, 2])
    await page
      .getByText('Compare', { exact: true })
      .nth(number - 1)
      .click()
  await page.getByRole('region', { name: 'Compare two versions' }).waitFor()
  await checkA11y(page)
  await page.getByRole('button', { name: 'Roll back to version 1' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await page.getByText('Version 1 is shown now.').waitFor()
  await versionOf(1).getByText('Current').waitFor()
  expect((await readMedia(users.editor, id)).versions.nodes.find(({ isCurrent }) => isCurrent)?.number).toBe(1)
})

it('shows a conversion until the file is ready', async ({ openMedia, world, users, files }) => {
  const bytes = await readFile(await files.pathOf('long.mp4'))
  const id = await world.upload(users.editor, bytes, { fileName: 'long.mp4', title: 'A long film' })
  const page = await openMedia(id, 'renditions')
  await page.getByRole('progressbar', { name: 'WebM' }).first().waitFor()
  await page.getByRole('button', { name: 'Cancel WebM' }).click()
  await page.getByText('Cancelled').waitFor()
  await page.getByRole('button', { name: 'Convert WebM again' }).waitFor()
})

it('unlinks a lesson', async ({ openMedia, addMedia, users }) => {
  const id = await addMedia({ title: 'A media of two lessons' })
  const parent = { type: 'course', externalId: 'physics', title: 'Physics' }
  for (const number of [1, 2]) {
    const resource = { type: 'lesson', externalId: `unlink-${number}`, title: `The lesson ${number}`, parent }
    await users.editor.send(MediaLinkDocument, { input: { mediaId: id, resource } })
  }
  const page = await openMedia(id, 'usages')
  await page.getByRole('button', { name: 'Unlink from The lesson 2' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
  await page.getByText('The lesson 2 no longer shows this media.').waitFor()
  await page.getByRole('button', { name: 'Unlink from The lesson 2' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Unlink from The lesson 1' }).waitFor()
})

it('restores a media from the trash', async ({ openMedia, addMedia }) => {
  const page = await openMedia(await addMedia({ title: 'A media to delete' }))
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Move to the trash' }).click()
  await page.getByText('In the trash', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('In the trash', { exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Save changes' }).waitFor()
})

it.for(['Media:0198c5f0-0000-7000-8000-000000000001', 'nothing'])(
  'says that %s does not exist',
  async (id, { openMedia }) => {
    const page = await openMedia(id)
    await page.getByRole('heading', { name: 'This media does not exist' }).waitFor()
    await checkA11y(page)
  },
)

it('shows the details of a media beside the library', async ({ signInAs, addMedia }) => {
  const id = await addMedia({ title: 'A media with details', tags: ['Physics'] })
  const page = await signInAs('editor')
  await page.goto(`/console/library?media=${encodeURIComponent(id)}`)
  const panel = page.getByRole('complementary', { name: 'Details of the media' })
  await panel.getByRole('heading', { name: 'A media with details' }).waitFor()
  await panel.getByText('Not used anywhere').waitFor()
  await checkA11y(page)
  await panel.getByRole('link', { name: 'Open' }).click()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
})
