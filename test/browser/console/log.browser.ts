import { expect } from 'vitest'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

it('the log follows new events, each once', async ({ world, users: { editor }, signInAs }) => {
  const page = await signInAs('admin')
  await page.goto('/console/log')
  const rows = page.getByRole('row').filter({ hasText: 'upload.created' })
  await page.getByText('Follow live').click()
  const socket = await page.waitForFunction(() => document.querySelector('input[type=checkbox]:checked') !== null)
  await socket.dispose()
  const before = await rows.count()
  // The tail begins at the end of the feed, so that events before its subscription arrive too.
  for (const number of [1, 2, 3])
    await world.upload(editor, Buffer.from(`File ${number}`), { fileName: `${number}.txt` })
  await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(before + 3)
})

it('the log is filtered by an action in its address', async ({ world, users: { editor }, signInAs }) => {
  await world.upload(editor, Buffer.from('A text'), { fileName: 'a.txt' })
  const page = await signInAs('admin')
  await page.goto('/console/log')
  await page.getByRole('textbox', { name: 'Action' }).fill('media.uploaded')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/media\.uploaded/)
  await expect
    .poll(async () => new Set(await page.locator('tbody td:nth-child(2)').allTextContents()))
    .toEqual(new Set(['media.uploaded']))
  await page.getByRole('button', { name: 'Show details' }).first().click()
  await page.getByText('"fileName"').waitFor()
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    await checkA11y(page)
    await checkWidth(page)
  }
})

it('the log is verified', async ({ signInAs }) => {
  const page = await signInAs('admin', { colorScheme: 'dark' })
  await page.goto('/console/log')
  await page.getByRole('button', { name: 'Verify the log' }).click()
  await page.getByText(/The log is intact/).waitFor()
  await checkA11y(page)
})

it('the log tells an editor that it is for admins', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/log')
  await page.getByText('You may not do this').waitFor()
  await checkA11y(page)
})
