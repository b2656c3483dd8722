import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { MediaListDocument } from '../../../client/generated/documents.ts'
import { link, newResource } from '../../harness/links.ts'
import type { World } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { itWithWorker as base } from './consoleIt.ts'

const it = base.extend(
  'addSeries',
  ({ addMedia }) =>
    /** Adds media with titles that a search for `name` finds, and no other search. */
    async (name: string, count: number, uploader = 'Ada'): Promise<string[]> => {
      const ids: string[] = []
      for (let index = 1; index <= count; index++) ids.push(await addMedia({ title: `${name} ${index}`, uploader }))
      return ids
    },
)

/** Opens the library with the media that a text finds, and puts the focus on the first one. */
const openSearch = async (page: Page, search: string): Promise<void> => {
  await page.goto(`/console/library?search=${search}`)
  // Everything can be selected once it is counted.
  await page.getByRole('status').filter({ hasText: ' media' }).waitFor()
  await page.locator('[data-media]').first().focus()
}

const tagsOf = async (world: World, name: string): Promise<Record<string, string[]>> => {
  const media = await world.runtime.ports.database.media.findMany({ where: { title: { startsWith: name } } })
  return Object.fromEntries(media.map(({ title, tags }) => [title, tags]))
}

const bar = (page: Page) => page.getByRole('region', { name: 'Selected media' })

const addTag = async (page: Page, tag: string): Promise<void> => {
  await page.getByRole('combobox', { name: 'Add tags' }).fill(tag)
  await page.keyboard.press('Enter')
}

describe('a bulk change', () => {
  it('of tags spares exactly the exceptions', async ({ signInAs, world, addSeries }) => {
    await addSeries('Kestrel', 6)
    const page = await signInAs('editor')
    await openSearch(page, 'Kestrel')
    await page.keyboard.press('Control+a')
    await bar(page).getByText('6 selected').waitFor()
    for (const title of ['Kestrel 2', 'Kestrel 5'])
      await page.getByRole('gridcell', { name: title }).click({ modifiers: ['Control'] })
    await bar(page).getByText('4 selected').waitFor()
    await bar(page).getByText('6 of 6 match, 2 left out').waitFor()
    await page.keyboard.press('t')
    const dialog = page.getByRole('dialog', { name: 'Change tags' })
    await dialog.getByText('4 media').waitFor()
    await addTag(page, 'spring term')
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Change tags' }).click()
    await page.getByText('Done: Add tag').waitFor()
    expect(await tagsOf(world, 'Kestrel')).toEqual({
      'Kestrel 1': ['spring term'],
      'Kestrel 2': [],
      'Kestrel 3': ['spring term'],
      'Kestrel 4': ['spring term'],
      'Kestrel 5': [],
      'Kestrel 6': ['spring term'],
    })
  })

  it('of the whole library is not offered', async ({ signInAs, addSeries }) => {
    await addSeries('Snipe', 2)
    const page = await signInAs('admin')
    await openSearch(page, '')
    await page.keyboard.press('Control+a')
    await bar(page).getByText('The whole library cannot be changed at once.').waitFor()
    expect(await bar(page).getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
    await checkA11y(page)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Space')
    await bar(page).getByText('1 selected').waitFor()
    expect(await bar(page).getByRole('button', { name: 'Delete' }).isEnabled()).toBe(true)
  })

  it('does nothing until a changed number is accepted', async ({ signInAs, world, addSeries, addMedia }) => {
    await addSeries('Plover', 3)
    const page = await signInAs('editor')
    await openSearch(page, 'Plover')
    await page.keyboard.press('Control+a')
    await bar(page).getByText('3 selected').waitFor()
    await addMedia({ title: 'Plover 4' })
    await page.keyboard.press('t')
    const dialog = page.getByRole('dialog', { name: 'Change tags' })
    await dialog.getByText('3 media matched when you selected; now it is 4.').waitFor()
    await addTag(page, 'autumn')
    expect(await dialog.getByRole('button', { name: 'Change tags' }).isDisabled()).toBe(true)
    expect(Object.values(await tagsOf(world, 'Plover')).flat()).toEqual([])
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Continue with 4' }).click()
    await dialog.getByText('4 media').waitFor()
    await dialog.getByRole('button', { name: 'Change tags' }).click()
    await page.getByText('Done: Add tag').waitFor()
    expect(Object.values(await tagsOf(world, 'Plover')).flat()).toEqual(['autumn', 'autumn', 'autumn', 'autumn'])
  })

  it('says beforehand which media the server would refuse', async ({ signInAs, addSeries }) => {
    await addSeries('Heron', 2)
    await addSeries('Heron of Bob', 1, 'Bob')
    const page = await signInAs('editor')
    await openSearch(page, 'Heron')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    const dialog = page.getByRole('alertdialog', { name: 'Move to the trash?' })
    await dialog.getByText('2 will be changed, 1 will be refused:').waitFor()
    await dialog.getByRole('link', { name: 'Heron of Bob 1' }).waitFor()
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.getByRole('gridcell').count()).toBe(3)
  })

  it('moves media into a folder', async ({ signInAs, world, addSeries }) => {
    await world.runtime.ports.database.folder.create({ data: { name: 'Birds' } })
    await addSeries('Osprey', 2)
    const page = await signInAs('editor')
    await openSearch(page, 'Osprey')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('m')
    const dialog = page.getByRole('dialog', { name: 'Move to a folder' })
    await dialog.getByText('Birds').click()
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await page.getByText('Done: Move 2 media').waitFor()
    const where = { title: { startsWith: 'Osprey' }, folder: { name: 'Birds' } }
    expect(await world.runtime.ports.database.media.count({ where })).toBe(2)
  })

  it.for(['grid', 'table'])(
    'moves selected media that are dragged from the %s to a folder',
    async (view, { signInAs, world, addSeries }) => {
      const { folder, media } = world.runtime.ports.database
      await folder.create({ data: { name: `Nests of the ${view}` } })
      await addSeries(`Falcon of the ${view}`, 2)
      const page = await signInAs('editor')
      await openSearch(page, `Falcon of the ${view}&view=${view}`)
      const item = page.locator('[data-media]').first()
      await page.keyboard.press('Control+a')
      await item.dragTo(page.getByRole('treeitem', { name: `Nests of the ${view}` }))
      await page.getByText('Done: Move 2 media').waitFor()
      expect(await media.count({ where: { folder: { name: `Nests of the ${view}` } } })).toBe(2)
      await bar(page).waitFor({ state: 'detached' })
    },
  )

  it('links media to a lesson that is chosen level by level', async ({ signInAs, world, users, addSeries }) => {
    const course = { ...newResource('course'), title: 'Ornithology' }
    const chapter = { ...newResource('chapter'), title: 'Waders', parent: course }
    const lesson = { ...newResource('lesson'), title: 'Sandpipers', parent: chapter }
    const [first = ''] = await addSeries('Avocet', 2)
    await link(users.editor, first, lesson)
    const page = await signInAs('editor')
    await openSearch(page, 'Avocet')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('l')
    const dialog = page.getByRole('dialog', { name: 'Link to a course' })
    await dialog.getByRole('button', { name: 'Open Ornithology' }).click()
    await dialog.getByRole('button', { name: 'Open Waders' }).click()
    await dialog.getByRole('button', { name: 'Sandpipers' }).first().click()
    await checkA11y(page)
    await dialog.getByRole('button', { name: 'Link to Sandpipers' }).click()
    await page.getByText('Done: Link 2 media').waitFor()
    const where = { resource: { title: 'Sandpipers' } }
    expect(await world.runtime.ports.database.mediaUsage.count({ where })).toBe(2)
  })

  it('finds a lesson by its title', async ({ signInAs, users, addSeries }) => {
    const [first = ''] = await addSeries('Curlew', 1)
    await link(users.editor, first, { ...newResource('lesson'), title: 'Godwits' })
    const page = await signInAs('editor')
    await openSearch(page, 'Curlew')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('l')
    const dialog = page.getByRole('dialog', { name: 'Link to a course' })
    await dialog.getByRole('searchbox').fill('godwit')
    await dialog.getByRole('button', { name: 'Godwits lesson' }).click()
    await dialog.getByRole('button', { name: 'Link to Godwits' }).waitFor()
  })

  it('opens what failed from its list of failures', async ({ signInAs, users, addSeries }) => {
    const [used = ''] = await addSeries('Dunlin', 2)
    await link(users.editor, used, newResource())
    const page = await signInAs('editor')
    await openSearch(page, 'Dunlin')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Move to the trash' }).click()
    await page.getByText('Done in part, 1 failed: Delete 2 media').waitFor()
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('heading', { name: 'Failures (1)' }).waitFor()
    await page.getByText('This media is used in one place.').waitFor()
    await checkA11y(page)
    await page.getByRole('link', { name: 'Dunlin 1' }).click()
    await page.getByRole('heading', { name: 'Dunlin 1' }).waitFor()
    const { mediaList } = await users.editor.send(MediaListDocument, { filter: { search: 'Dunlin' }, first: 10 })
    expect(mediaList.edges.map(({ node }) => node.id)).toEqual([used])
  })
})
