import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { type BulkMediaInput, MediaBulkTagDocument } from '../../../client/generated/documents.ts'
import { checkA11y, checkWidth } from './accessibility.ts'
import { it } from './consoleIt.ts'

// The world has no worker: operations wait, so that there is time to cancel them.

const tag = async (client: Client, target: BulkMediaInput) => {
  const { mediaBulkTag } = await client.send(MediaBulkTagDocument, { input: { target, add: ['winter'] } })
  if (mediaBulkTag.__typename !== 'Operation') throw new Error(mediaBulkTag.message)
  return mediaBulkTag
}

describe('the activity tray', () => {
  it('shows on every tab what runs, until it is cancelled on one', async ({ signInAs, users, addMedia }) => {
    const ids = [await addMedia({ title: 'Robin' })]
    const tabs = [await signInAs('editor'), await signInAs('editor')] as const
    await Promise.all(tabs.map((tab) => tab.goto('/console/library')))
    await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Activity', exact: true }).waitFor()))
    await tag(users.editor, { ids })
    for (const tab of tabs) {
      await tab.getByRole('button', { name: 'Activity 1 in progress' }).click()
      await tab.getByRole('region', { name: 'Activity' }).getByText('Waiting').waitFor()
    }
    await checkA11y(tabs[0])
    await tabs[0].getByRole('button', { name: 'Cancel: ' }).click()
    for (const tab of tabs) {
      await tab.getByRole('region', { name: 'Activity' }).getByText('Cancelled', { exact: true }).waitFor()
      await tab.getByText('Cancelled: Add tag').waitFor()
    }
  })

  it('returns the focus to its button when Escape closes it', async ({ signInAs }) => {
    const page = await signInAs('viewer')
    await page.goto('/console/library')
    const button = page.getByRole('button', { name: 'Activity' })
    await button.click()
    await page.getByRole('link', { name: 'All operations' }).focus()
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Activity' }).waitFor({ state: 'detached' })
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('says that live updates are on', async ({ signInAs }) => {
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await page.getByRole('button', { name: 'Activity' }).click()
    await page.getByText('Live updates are on').waitFor()
  })
})

describe('an operation', () => {
  it('is cancelled on its screen', async ({ signInAs, users, addMedia }) => {
    const { id } = await tag(users.editor, { ids: [await addMedia({ title: 'Dipper' })] })
    const page = await signInAs('editor')
    await page.goto(`/console/operations/${encodeURIComponent(id)}`)
    await page.getByText('Waiting').waitFor()
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await checkA11y(page)
      await checkWidth(page)
    }
    await page.getByRole('button', { name: 'Cancel the operation' }).click()
    await page.getByRole('main').getByText('Cancelled', { exact: true }).waitFor()
  })

  it('of another person is not shown to editors', async ({ signInAs, users, addMedia }) => {
    const { id } = await tag(users.admin, { ids: [await addMedia({ title: 'Ouzel' })] })
    const page = await signInAs('editor')
    await page.goto(`/console/operations/${encodeURIComponent(id)}`)
    await page.getByText('There is no such operation').waitFor()
    await checkA11y(page)
  })

  it('of another person is followed by admins', async ({ signInAs, users, addMedia }) => {
    const { id } = await tag(users.editor, { ids: [await addMedia({ title: 'Merle' })] })
    const page = await signInAs('admin')
    await page.goto(`/console/operations/${encodeURIComponent(id)}`)
    await page.getByText('Waiting').waitFor()
    await page.getByText('Ada').waitFor()
  })
})

describe('the list of operations', () => {
  it('says what it is for while it is empty', async ({ signInAs }) => {
    const page = await signInAs('editor', { name: 'Nora' })
    await page.goto('/console/operations')
    await page.getByText('No bulk changes yet').waitFor()
    await checkA11y(page)
  })

  it('shows a new operation at once', async ({ signInAs, users, addMedia }) => {
    const page = await signInAs('editor', { name: 'Bob' })
    await page.goto('/console/operations')
    await page.getByText('No bulk changes yet').waitFor()
    await tag(users.otherEditor, { ids: [await addMedia({ title: 'Rook', uploader: 'Bob' })] })
    await page.getByRole('link', { name: 'Add tag "winter" to 1 media' }).waitFor()
    await checkA11y(page)
  })
})
