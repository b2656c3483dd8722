import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { World } from '../../harness/world.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

const course = {
  source: 'moodle',
  type: 'course',
  externalId: 'bio/1',
  title: 'Biology',
  url: 'https://lms.example/bio',
}
const chapter = { source: 'moodle', type: 'chapter', externalId: 'cells', title: 'Cells', parent: course }
const lesson = { source: 'moodle', type: 'lesson', externalId: 'mitosis', title: 'Mitosis', parent: chapter }

const linkMutation = `mutation ($input: MediaLinkInput!) {
  mediaLink(input: $input) { __typename ... on Error { message } }
}`

const linkMedia = async (world: World, mediaId: string, resource: object): Promise<void> => {
  const { data } = await world.post(await world.token('admin', 'Root'), linkMutation, { input: { mediaId, resource } })
  expect(data).toEqual({ mediaLink: { __typename: 'MediaUsage' } })
}

const readTitles = async (world: World, externalId: string, type = 'lesson'): Promise<string[]> => {
  const query = `query ($ref: ResourceRef!) { resource(ref: $ref) { usages { nodes { media { title } } } } }`
  const { data } = await world.post(await world.token('viewer', 'Vera'), query, {
    ref: { source: 'moodle', type, externalId },
  })
  const { resource } = data as { resource: { usages: { nodes: { media: { title: string } }[] } } } // as: the query above
  return resource.usages.nodes.map(({ media }) => media.title)
}

it.beforeAll(async ({ addMedia, world }) => {
  const ids: string[] = []
  for (const title of ['Prophase', 'Metaphase', 'Anaphase', 'Telophase']) ids.push(await addMedia({ title }))
  for (const id of ids.slice(0, 2)) await linkMedia(world, id, lesson)
  for (const externalId of ['cover', 'undo', 'exchange'])
    for (const id of ids.slice(0, 2))
      await linkMedia(world, id, { ...lesson, externalId, title: `Lesson ${externalId}` })
  await linkMedia(world, ids[0] ?? '', { source: 'moodle', type: 'course', externalId: 'chem', title: 'Chemistry' })
})

const openCourse = async (page: Page, path = 'course/bio%2F1'): Promise<void> => {
  await page.goto(`/console/courses/moodle/${path}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

const mediaOf = (page: Page, title: string) => page.getByRole('region', { name: `Media of ${title}` })

const toggle = (page: Page, title: string) =>
  page.getByRole('button', { name: `Show what is in ${title}`, exact: true })

const chooseInDialog = async (page: Page, titles: readonly string[]): Promise<void> => {
  const dialog = page.getByRole('dialog')
  for (const title of titles) await dialog.getByText(title, { exact: true }).first().click()
  await dialog.getByRole('button').filter({ hasText: 'Select' }).last().click()
}

describe('the list of courses', () => {
  it('shows each course with the number of its media', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await page.goto('/console/courses')
    const row = page.getByRole('listitem').filter({ hasText: 'Biology' })
    await row.getByText('2 media').waitFor()
    await row.getByText('1 part', { exact: true }).waitFor()
    await checkA11y(page)
  })

  it('is searched by title, which the address keeps', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await page.goto('/console/courses')
    await page.getByText('Chemistry').waitFor()
    await page.getByRole('searchbox').fill('biol')
    await page.getByText('Chemistry').waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('search')).toBe('biol')
    await page.getByRole('searchbox').fill('nothing like this')
    await page.getByText('No course matches').waitFor()
  })
})

describe('a course', () => {
  it('opens level by level, down to the media of a lesson', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await openCourse(page)
    await toggle(page, 'Cells').click()
    await toggle(page, 'Mitosis').click()
    await mediaOf(page, 'Mitosis').getByText('Metaphase').waitFor()
    expect(await mediaOf(page, 'Mitosis').getByRole('listitem').allTextContents()).toEqual([
      expect.stringContaining('Prophase'),
      expect.stringContaining('Metaphase'),
    ])
    await checkA11y(page)
  })

  it('leads to its page in the LMS', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await openCourse(page)
    expect(await page.getByRole('link', { name: 'Open in the LMS' }).getAttribute('href')).toBe(course.url)
  })

  it('offers no changes to viewers', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await openCourse(page, 'lesson/mitosis')
    await mediaOf(page, 'Mitosis').getByText('Metaphase').waitFor()
    expect(await mediaOf(page, 'Mitosis').getByRole('button').count()).toBe(0)
  })

  it('shows the way back to what lies above it', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await openCourse(page, 'lesson/mitosis')
    await page.getByRole('navigation', { name: 'Path' }).getByText('Biology').click()
    await page.getByRole('heading', { level: 1, name: 'Biology' }).waitFor()
  })

  it('says that the LMS has removed it', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await page.goto('/console/courses/moodle/lesson/removed')
    await page.getByText('This part of a course is not there any more').waitFor()
    await checkA11y(page)
  })

  it.for([1440, 390])('fits into a window of %i pixels', async (width, { signInAs }) => {
    const page = await signInAs('editor', { viewport: { width, height: 800 }, colorScheme: 'dark' })
    await openCourse(page)
    await toggle(page, 'Cells').click()
    await toggle(page, 'Mitosis').click()
    await mediaOf(page, 'Mitosis').getByText('Metaphase').waitFor()
    await checkWidth(page)
    await checkA11y(page)
  })
})

describe('the media of a lesson', () => {
  it('are linked from the library, and the focus returns', async ({ signInAs, world }) => {
    const page = await signInAs('editor')
    await openCourse(page, 'lesson/cover')
    const media = mediaOf(page, 'Lesson cover')
    await media.getByText('Metaphase').waitFor()
    await media.getByRole('button', { name: 'Browse from library' }).click()
    await page.getByRole('dialog').getByText('Anaphase', { exact: true }).first().waitFor()
    await checkA11y(page)
    await chooseInDialog(page, ['Anaphase', 'Telophase'])
    await media.getByText('Telophase').waitFor()
    expect(await readTitles(world, 'cover')).toEqual(['Prophase', 'Metaphase', 'Anaphase', 'Telophase'])
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Browse from library')
  })

  it('are unlinked at once, and linked again by undo', async ({ signInAs, world }) => {
    const page = await signInAs('editor')
    await openCourse(page, 'lesson/undo')
    const media = mediaOf(page, 'Lesson undo')
    await media.getByRole('button', { name: 'Unlink Prophase' }).click()
    await media.getByText('Prophase').waitFor({ state: 'detached' })
    await page.getByText('Prophase unlinked from Lesson undo.').waitFor()
    expect(await readTitles(world, 'undo')).toEqual(['Metaphase'])
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('Unlink Metaphase')
    await page.getByRole('button', { name: 'Undo' }).click()
    await media.getByText('Prophase').waitFor()
  })

  it('return when the server refuses to unlink them', async ({ signInAs, allow }) => {
    allow(/503/)
    const page = await signInAs('editor')
    await openCourse(page, 'lesson/mitosis')
    const media = mediaOf(page, 'Mitosis')
    await media.getByText('Prophase').waitFor()
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mediaUnlink')) return route.fallback()
      const errors = [{ message: 'Try later.', extensions: { code: 'UNAVAILABLE' } }]
      await route.fulfill({ status: 503, json: { errors } })
    })
    await media.getByRole('button', { name: 'Unlink Prophase' }).click()
    await page.getByText('Try later.').waitFor()
    await media.getByText('Prophase').waitFor()
  })

  it('are replaced as a whole, after a confirmation', async ({ signInAs, world }) => {
    const page = await signInAs('editor')
    await openCourse(page, 'lesson/exchange')
    const media = mediaOf(page, 'Lesson exchange')
    await media.getByRole('button', { name: 'Replace all' }).click()
    await page.getByRole('dialog').getByText('2 selected').waitFor()
    await chooseInDialog(page, ['Metaphase', 'Telophase'])
    await page.getByText('Lesson exchange will show exactly these 2 media.').waitFor()
    await checkA11y(page)
    await page.getByRole('button', { name: 'Replace', exact: true }).click()
    await media.getByText('Telophase').waitFor()
    expect((await readTitles(world, 'exchange')).toSorted()).toEqual(['Prophase', 'Telophase'])
  })
})
