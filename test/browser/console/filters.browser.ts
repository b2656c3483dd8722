import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

/** Number of matches, as the toolbar shows it. */
const countText = /media$/

it.beforeAll(({ seedLibrary }) => seedLibrary(80))

const filtersOf = (page: Page) => page.getByRole('complementary', { name: 'Filters' })
const countOf = async (page: Page): Promise<number> => {
  const text = await page.getByRole('status').filter({ hasText: countText }).textContent()
  return text === 'No media' ? 0 : Number.parseInt(text?.replaceAll(',', '') ?? '', 10)
}
const searchOf = (page: Page): string[] => [...new URL(page.url()).searchParams.keys()]

/** Opens the library with all sections of the filters. */
const openLibrary = async (page: Page, search = ''): Promise<Page> => {
  await page.addInitScript(() => {
    const openSections = {
      kinds: true,
      statuses: true,
      use: true,
      tags: true,
      courses: true,
      uploaders: true,
      months: true,
    }
    if (localStorage.getItem('mediagraph-panels') === null)
      localStorage.setItem('mediagraph-panels', JSON.stringify({ state: { openSections }, version: 0 }))
  })
  await page.goto(`/console/library${search}`)
  await filtersOf(page).getByRole('list', { name: 'Status' }).waitFor()
  return page
}

/** Sections of the filters, with the parameter that each has in the address. */
const sections = {
  Kind: 'kind',
  Use: 'used',
  Tags: 'tag',
  Courses: 'course',
  'Uploaded by': 'by',
  'Month of upload': 'month',
  Status: 'status',
}

describe('a filter', () => {
  it('by any value is in the address until the back button is clicked', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'))
    const all = await countOf(page)
    for (const [section, parameter] of Object.entries(sections)) {
      await filtersOf(page).getByRole('list', { name: section }).getByRole('button').first().click()
      await expect.poll(() => searchOf(page), { message: section }).toEqual([parameter])
      await page.getByRole('list', { name: 'Active filters' }).waitFor()
      await page.goBack()
      await expect.poll(() => searchOf(page), { message: section }).toEqual([])
      await page.getByRole('list', { name: 'Active filters' }).waitFor({ state: 'detached' })
      await expect.poll(() => countOf(page), { message: section }).toBe(all)
    }
  })

  it('by folder is in the address until the back button is clicked', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'))
    await page.getByRole('treeitem').nth(2).click()
    await expect.poll(() => searchOf(page)).toEqual(['folder'])
    await page.getByLabel('Include subfolders').click({ force: true })
    await expect.poll(() => searchOf(page)).toEqual(['folder', 'direct'])
    await page.goBack()
    await page.goBack()
    await expect.poll(() => searchOf(page)).toEqual([])
    await page.getByRole('treeitem', { name: 'All media', selected: true }).waitFor()
  })

  it('by a text is in the address, and the back button skips the texts that were typed before', async ({
    signInAs,
  }) => {
    const page = await openLibrary(await signInAs('editor'))
    const field = page.getByRole('searchbox', { name: 'Search media' })
    const textOf = () => new URL(page.url()).searchParams.get('search')
    await field.fill('ex')
    await expect.poll(textOf).toBe('ex')
    await field.fill('exam')
    await expect.poll(textOf).toBe('exam')
    await page.goBack()
    await expect.poll(textOf).toBeNull()
    await expect.poll(() => field.inputValue()).toBe('')
  })

  it('is kept when the page is loaded again', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'), '?kind=["VIDEO"]&used=true')
    const count = await countOf(page)
    await page.reload()
    await page.getByRole('button', { name: 'Remove the filter “Video”' }).waitFor()
    await expect.poll(() => countOf(page)).toBe(count)
  })

  it('that no server knows is dropped from the address', async ({ signInAs }) => {
    const page = await openLibrary(
      await signInAs('editor'),
      '?kind=["SONG"]&course=%25&folder=somewhere&by=me&month=13',
    )
    await page.getByRole('tree').waitFor()
    expect(await page.getByRole('list', { name: 'Active filters' }).count()).toBe(0)
  })
})

describe('the count', () => {
  it('beside a value of any section is that of its list', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'))
    const all = await countOf(page)
    for (const section of Object.keys(sections)) {
      const value = filtersOf(page).getByRole('list', { name: section }).getByRole('button').first()
      const expected = Number(await value.locator('span').last().textContent())
      await value.click()
      await expect.poll(() => countOf(page), { message: section }).toBe(expected)
      await page.getByRole('button', { name: 'Remove the filter' }).click()
      await expect.poll(() => countOf(page), { message: section }).toBe(all)
    }
  })

  it('ignores the filter on its own section', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'))
    const kinds = filtersOf(page).getByRole('list', { name: 'Kind' })
    const before = await kinds.textContent()
    await kinds.getByRole('button', { name: 'Video' }).click()
    await kinds.getByRole('button', { name: 'Audio' }).click()
    await expect.poll(() => page.getByRole('list', { name: 'Active filters' }).textContent()).toContain('VideoAudio')
    expect(await kinds.textContent()).toBe(before)
  })

  it('follows an upload of another person', async ({ signInAs, addMedia }) => {
    const page = await openLibrary(await signInAs('editor'), '?tag=["Live"]')
    await page.getByText('No media matches').waitFor()
    await addMedia({ title: 'A new lecture', kind: 'VIDEO', tags: ['Live'] })
    const kinds = filtersOf(page).getByRole('list', { name: 'Kind' })
    await kinds.getByRole('button', { name: 'Video 1' }).waitFor()
    await expect.poll(() => countOf(page)).toBe(1)
  })
})

describe('an active filter', () => {
  it('is removed by its chip, which leaves the focus on the next one', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'), '?kind=["VIDEO","AUDIO"]&used=true')
    await page.getByRole('button', { name: 'Remove the filter “Video”' }).press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Remove the filter “Audio”')
    expect(new URL(page.url()).searchParams.get('kind')).toBe('["AUDIO"]')
  })

  it('is removed together with all others', async ({ signInAs }) => {
    const page = await openLibrary(await signInAs('editor'), '?kind=["VIDEO"]&used=true&search=bio')
    await page.getByRole('button', { name: 'Remove all filters' }).first().click()
    await expect.poll(() => searchOf(page)).toEqual([])
    await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Search media')
  })

  it('without which there are matches is named if nothing matches', async ({ signInAs, addMedia }) => {
    await addMedia({ title: 'The only one', tags: ['Singular'] })
    const page = await openLibrary(await signInAs('editor'), '?tag=["Singular"]&kind=["VIDEO"]')
    await page.getByRole('button', { name: 'Without the kind: 1 media' }).click()
    await page.getByText('The only one').first().waitFor()
    expect(searchOf(page)).toEqual(['tag'])
  })
})

it('finds a tag by keyboard only', async ({ signInAs, addMedia }) => {
  await addMedia({ title: 'About waves', tags: ['Oscillation'] })
  const page = await openLibrary(await signInAs('editor'))
  await page.getByRole('searchbox', { name: 'Find a tag' }).focus()
  await page.keyboard.type('scilla')
  await page.getByRole('option', { name: 'Oscillation' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => new URL(page.url()).searchParams.get('tag')).toBe('["Oscillation"]')
  await page.getByText('About waves').first().waitFor()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => searchOf(page)).toEqual([])
})

it('finds a course by its title', async ({ signInAs }) => {
  const page = await openLibrary(await signInAs('viewer'))
  const course = filtersOf(page).getByRole('list', { name: 'Courses' }).getByRole('button').first()
  const title = (await course.locator('[title]').textContent()) ?? ''
  await page.getByRole('searchbox', { name: 'Find a course' }).fill(title.slice(0, 20))
  await page.getByRole('option', { name: title }).first().click()
  await expect.poll(() => searchOf(page)).toEqual(['course'])
  await page.getByText(`Course: ${title}`).waitFor()
})

it('finds an uploader by a name with a typo', async ({ signInAs, addMedia }) => {
  await addMedia({ title: 'By a guest', uploader: 'Wilhelmina' })
  const page = await openLibrary(await signInAs('editor'))
  await page.getByRole('searchbox', { name: 'Find a person' }).fill('Wilhelmnia')
  await page.getByRole('option', { name: 'Wilhelmina' }).click()
  await page.getByText('By Wilhelmina').waitFor()
  await expect.poll(() => countOf(page)).toBe(1)
})

it('offers viewers no search for people', async ({ signInAs }) => {
  const page = await openLibrary(await signInAs('viewer'))
  expect(await page.getByRole('searchbox', { name: 'Find a person' }).count()).toBe(0)
})

it('remembers which sections are open', async ({ signInAs }) => {
  const page = await openLibrary(await signInAs('editor'))
  await page.getByRole('button', { name: 'Kind', expanded: true }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Kind', expanded: false }).waitFor()
  expect(await page.getByRole('list', { name: 'Kind' }).count()).toBe(0)
})

it('sorts by title in both directions', async ({ signInAs, addMedia }) => {
  for (const title of ['Sort 2 end', 'Sort 10 end', 'Sort 1 end']) await addMedia({ title, tags: ['Sorted'] })
  const page = await openLibrary(await signInAs('editor'), '?tag=["Sorted"]')
  const titles = async () => (await page.getByRole('grid').textContent())?.match(/Sort \d+ end/g)
  await page.getByRole('button', { name: 'Order' }).first().click()
  await page.getByRole('option', { name: 'Title' }).click()
  await expect.poll(titles).toEqual(['Sort 1 end', 'Sort 2 end', 'Sort 10 end'])
  await page.getByRole('button', { name: 'Ascending order' }).click()
  await expect.poll(titles).toEqual(['Sort 10 end', 'Sort 2 end', 'Sort 1 end'])
  expect(searchOf(page).toSorted()).toEqual(['direction', 'sort', 'tag'])
})

it('narrows to a month by the strip beside the list', async ({ signInAs }) => {
  const page = await openLibrary(await signInAs('editor'))
  const month = page.getByRole('navigation', { name: 'Month of upload' }).getByRole('button').nth(1)
  const count = Number((await month.textContent())?.match(/: (\d+) media/)?.[1])
  await month.click()
  await expect.poll(() => countOf(page)).toBe(count)
  await month.click()
  await expect.poll(() => searchOf(page)).toEqual([])
})

it('has no violations of accessibility in either theme', async ({ signInAs }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openLibrary(await signInAs('editor', { colorScheme }), '?kind=["VIDEO"]&used=true')
    await checkA11y(page)
    await page.getByRole('searchbox', { name: 'Find a tag' }).fill('e')
    await page.getByRole('option').first().waitFor()
    await checkA11y(page)
  }
})

it('shows the filters in a dialog on a phone', async ({ signInAs }) => {
  const page = await signInAs('editor', { viewport: { width: 390, height: 844 } })
  await page.goto('/console/library?kind=["VIDEO"]')
  await page.getByRole('button', { name: 'Filters (1)' }).click()
  const dialog = page.getByRole('dialog', { name: 'Filters' })
  await dialog.getByRole('button', { name: 'Audio' }).click()
  await checkA11y(page)
  await checkWidth(page)
  await dialog.getByRole('button', { name: 'Show' }).last().click()
  await page.getByRole('button', { name: 'Filters (2)' }).waitFor()
  await checkWidth(page)
})

it('shows an empty result without violations of accessibility', async ({ signInAs }) => {
  const page = await openLibrary(await signInAs('editor'), '?tag=["Unheard"]')
  await page.getByText('No media matches').waitFor()
  await checkA11y(page)
})
