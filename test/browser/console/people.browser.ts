import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAssignment } from '../../harness/assignments.ts'
import { startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'
import { checkA11y } from './accessibility.ts'
import { it as base } from './consoleIt.ts'

const assignedAt = new Date('2026-11-25T12:00:00Z')
const later = (seconds: number) => new Date(assignedAt.getTime() + seconds * 1000)

const choose = async (page: Page, list: 'Media' | 'People', name: string): Promise<void> => {
  await page.getByRole('searchbox', { name: `Search ${list.toLowerCase()}` }).fill(name)
  await page.getByRole('listbox', { name: list }).getByRole('option', { name }).click()
}

const it = base
  .extend('names', { scope: 'file' }, async ({ addMedia, world }) => {
    await addMedia({ title: 'The pendulum', kind: 'VIDEO' })
    await addMedia({ title: 'The lever' })
    await world.runtime.ports.database.user.create({ data: { externalId: 'grace', name: 'Grace', role: 'VIEWER' } })
  })
  /** The playground after "The pendulum" was assigned to Grace at a stopped clock of the server. */
  .extend('assigned', async ({ world, signInAs, names: _ }, { onCleanup }) => {
    onCleanup(() => startUndoClock(world))
    await stopUndoClock(world, assignedAt)
    const page = await signInAs('editor')
    await page.clock.setSystemTime(new Date(Date.now() + 5 * 60_000))
    await page.goto('/console/playground')
    await choose(page, 'Media', 'The pendulum')
    await choose(page, 'People', 'Grace')
    await page.getByRole('button', { name: 'Assign to 1 person' }).click()
    await page.getByRole('button', { name: 'Undo,' }).first().waitFor()
    return page
  })

describe('an assignment by a browser whose clock is 5 minutes off', () => {
  it('is undone after 29 seconds', async ({ world, assigned: page }) => {
    await stopUndoClock(world, later(29))
    await page.getByRole('button', { name: 'Undo,' }).first().click()
    await page.getByText('The assignment of “The pendulum” is undone.').waitFor()
    await page.getByText('Undone').first().waitFor()
  })

  it('is not undone after 31 seconds, with the words of the server', async ({ world, assigned: page }) => {
    await stopUndoClock(world, later(31))
    await page.getByRole('button', { name: 'Undo,' }).first().click()
    await page.getByRole('list', { name: 'Messages' }).getByText('undo').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Undo,' }).count()).toBe(0)
  })
})

it('a media is assigned to 1,000 people at once', async ({ world, signInAs, names: _ }) => {
  const { database } = world.runtime.ports
  const people = Array.from({ length: 1000 }, (_, index) => ({
    externalId: `pupil-${index}`,
    name: `Pupil ${index}`,
    role: 'VIEWER' as const,
  }))
  await database.user.createMany({ data: people })
  const page = await signInAs('editor')
  await page.goto('/console/playground')
  await choose(page, 'Media', 'The lever')
  await page.getByRole('searchbox', { name: 'Search people' }).fill('Pupil')
  await page.getByRole('button', { name: 'Select all 1,000' }).click()
  await page.getByText('1,000 people selected').waitFor()
  await page.getByRole('button', { name: 'Assign to 1,000 people' }).click()
  await page.getByText('1,000 people have “The lever” now.').waitFor()
  expect(
    await database.assignment.count({ where: { status: 'CURRENT', user: { name: { startsWith: 'Pupil' } } } }),
  ).toBe(1000)
})

it('an earlier media is assigned again', async ({ world, users: { editor }, signInAs, addMedia }) => {
  const { database } = world.runtime.ports
  const user = await database.user.create({ data: { externalId: 'alan', name: 'Alan', role: 'VIEWER' } })
  const userId = `User:${user.id}`
  for (const title of ['First', 'Second']) {
    await createAssignment(editor, await addMedia({ title }), userId)
  }
  const page = await signInAs('editor')
  await page.goto(`/console/people/${encodeURIComponent(userId)}`)
  await page.getByRole('button', { name: 'Assign again' }).waitFor()
  await checkA11y(page)
  await page.getByRole('button', { name: 'Assign again' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Assign this media again?' })
  await checkA11y(page)
  await dialog.getByRole('button', { name: 'Assign again' }).click()
  await page.getByText('Alan has “First” again.').waitFor()
  await page.getByRole('region', { name: 'Current media' }).getByText('First').waitFor()
})

it('a page of a person shows a new assignment without a reload', async ({
  world,
  users: { editor },
  signInAs,
  addMedia,
}) => {
  const user = await world.runtime.ports.database.user.create({
    data: { externalId: 'mary', name: 'Mary', role: 'VIEWER' },
  })
  const page = await signInAs('editor')
  await page.goto(`/console/people/${encodeURIComponent(`User:${user.id}`)}`)
  await page.getByText('Nothing was assigned to this person.').waitFor()
  await createAssignment(editor, await addMedia({ title: 'News' }), `User:${user.id}`)
  await page.getByRole('region', { name: 'Current media' }).getByText('News').waitFor()
})

it('the people are listed accessibly', async ({ signInAs }) => {
  const page = await signInAs('admin')
  await page.goto('/console/people')
  await page.getByRole('searchbox', { name: 'Search people' }).fill('Root')
  await page.getByRole('cell', { name: 'Root' }).waitFor()
  await checkA11y(page)
})

it('a person who does not exist has a page that says so', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/people/User:01912345-0000-7000-8000-000000000000')
  await page.getByText('This person does not exist').waitFor()
})
