import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkA11y, checkWidth } from './accessibility.ts'
import { itWithWorker } from './consoleIt.ts'
import { findPlaces, screens } from './screens.ts'

// `SCREENSHOTS=folder npx vitest run --config vitest.browser.config.ts screens` also writes a picture of each screen.
const folder = process.env['SCREENSHOTS']

const widths = [1440, 1024, 390]
const themes = ['light', 'dark'] as const

const it = itWithWorker.extend('places', { scope: 'file' }, async ({ world, users, seedLibrary }) => {
  await seedLibrary(120)
  return findPlaces(world, users)
})

/** Whether axe looks at it, which takes seconds: the narrow layout has the same colours, the middle one the same structure. */
const isChecked = (width: number, theme: (typeof themes)[number]): boolean =>
  width === 1440 || (width === 390 && theme === 'light')

/** Waits until a screen shows its heading, and pictures and texts in the places of their skeletons. */
const waitUntilLoaded = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await expect.poll(() => page.locator('[class*="_skeleton_"]').count(), { timeout: 15_000 }).toBe(0)
  const isLoaded = () => [...document.images].every((image) => image.complete || image.loading === 'lazy')
  await page.waitForFunction(isLoaded)
}

it.for(screens)(
  'the screen $name fits all widths and has no fault that axe finds',
  async (screen, { signInAs, openPage, places }) => {
    const page = screen.isPublic ? await openPage() : await signInAs('admin')
    await page.goto(screen.path(places))
    // The frame's parts are loaded after the first content.
    if (!screen.isPublic) await page.getByRole('button', { name: 'Root' }).waitFor()
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme })
      for (const width of widths) {
        await page.setViewportSize({ width, height: width < 640 ? 844 : 900 })
        await waitUntilLoaded(page)
        if (folder !== undefined) {
          await mkdir(folder, { recursive: true })
          await page.screenshot({ path: join(folder, `${screen.name}-${width}-${colorScheme}.png`) })
        }
        await checkWidth(page)
        if (isChecked(width, colorScheme)) await checkA11y(page)
      }
    }
  },
)
