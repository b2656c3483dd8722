import { expect } from 'vitest'
import { link, newResource } from '../../harness/links.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

it('copies are merged into the used one', async ({ world, users: { editor }, signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/duplicates')
  await page.getByText('There are no duplicates').waitFor()
  const bytes = Buffer.from('The same text')
  const [first = '', second = ''] = await Promise.all(
    ['First', 'Second'].map((title) =>
      world.upload(editor, bytes, { fileName: `${title}.txt`, title, allowDuplicate: true }),
    ),
  )
  await link(editor, second, newResource())
  await page.reload()
  const cluster = page.getByRole('region', { name: 'Second' })
  await cluster.getByText('This one is kept').waitFor()
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    await checkA11y(page)
    await checkWidth(page)
  }
  await cluster.getByRole('button', { name: 'Merge into the kept one' }).click()
  await page.getByRole('alertdialog').getByText('“Second” stays').waitFor()
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  await page.getByText('1 media was merged into “Second”.').waitFor()
  await page.getByText('There are no duplicates').waitFor()
  const { database } = world.runtime.ports
  const trashed = await database.media.findUniqueOrThrow({ where: { id: first.split(':')[1] } })
  expect(trashed.deletedAt).not.toBeNull()
})
