import { checkA11y, checkWidth } from './accessibility.ts'
import { it as base } from './consoleIt.ts'

const it = base.extend('library', { scope: 'file' }, ({ seedLibrary }) => seedLibrary(40))

it('the analytics show each chart as a table too', async ({ signInAs, library: _ }) => {
  const page = await signInAs('editor')
  await page.goto('/console/analytics')
  for (const name of ['Uploads by month', 'Media by size', 'Storage by kind']) {
    const card = page.getByRole('region', { name, exact: true }).first()
    await card.getByRole('button', { name: 'Show the table' }).click()
    await card.getByRole('table').waitFor()
  }
})

it.for(['light', 'dark'] as const)(
  'the analytics are accessible in %s',
  async (colorScheme, { signInAs, library: _ }) => {
    const page = await signInAs('editor', { colorScheme })
    await page.goto('/console/analytics')
    await page.getByRole('heading', { name: 'Conversions' }).waitFor()
    await page.getByRole('heading', { name: 'Storage by kind' }).waitFor()
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await checkA11y(page)
      await checkWidth(page)
    }
  },
)

it('unused media open in the library', async ({ signInAs, library: _ }) => {
  const page = await signInAs('editor')
  await page.goto('/console/analytics')
  await page.getByRole('link', { name: 'Show in the library' }).click()
  await page.waitForURL(/\/console\/library\?unused=30/)
})
