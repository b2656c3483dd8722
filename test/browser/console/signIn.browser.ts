import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { World } from '../../harness/world.ts'
import { checkA11y } from './accessibility.ts'
import { it as base } from './consoleIt.ts'

/** Browsers write refused requests to the console. */
const refusal = /console error: Failed to load resource: .* 40[13]/

const it = base
  /** Opens a page of another origin of this site, whose requests have the session cookie. */
  .extend('openNeighbour', ({ allow }, { onCleanup }) => async (page: Page) => {
    allow(/another host|blocked by CORS policy|Failed to load resource|WebSocket connection/)
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Other</title>'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onCleanup(() => void server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo // as: a TCP server has no other address
    await page.goto(`http://127.0.0.1:${port}/`)
  })

const library = (page: Page) => page.getByRole('heading', { name: 'Library', level: 1 })
const codeField = (page: Page) => page.getByLabel('Link or code')

/** Ends the session of a page, as an administrator or another tab may do. */
const endSession = async (world: World, page: Page): Promise<void> => {
  const [cookie] = await page.context().cookies()
  await world.runtime.services.sessions.end(cookie?.value ?? '')
}

describe('a sign-in link', () => {
  it('leads to the library', async ({ openPage, createLink }) => {
    const page = await openPage()
    await page.goto(await createLink())
    await library(page).waitFor()
    await page.getByRole('button', { name: 'Ada Editor' }).waitFor()
  })

  it('leaves nothing that scripts can read', async ({ openPage, createLink }) => {
    const page = await openPage()
    await page.goto(await createLink())
    await library(page).waitFor()
    expect(await page.evaluate(() => document.cookie + JSON.stringify([localStorage, sessionStorage]))).toBe('[{},{}]')
    expect(page.url()).not.toContain('code')
    expect(await page.context().cookies()).toMatchObject([{ name: 'mediagraph', httpOnly: true, sameSite: 'Strict' }])
  })

  it('that was used says so and takes a new one', async ({ openPage, createLink, allow }) => {
    allow(refusal)
    const link = await createLink()
    const first = await openPage()
    await first.goto(link)
    await library(first).waitFor()
    const page = await openPage()
    await page.goto(link)
    const alert = page.getByRole('alert')
    await alert.getByText('was used already').waitFor()
    await alert.getByText('npm run token -- --link').waitFor()
    await checkA11y(page)
    await codeField(page).fill(await createLink())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await library(page).waitFor()
  })

  it('that is too old is refused', async ({ openPage, createLink, world, allow }) => {
    allow(refusal)
    const link = await createLink()
    const endsAt = new Date(Date.now() - 1000)
    await world.runtime.ports.database.signInCode.updateMany({ data: { endsAt } })
    const page = await openPage()
    await page.goto(link)
    await page.getByRole('alert').waitFor()
    await codeField(page).waitFor()
  })

  it('that is forged is refused', async ({ openPage, allow }) => {
    allow(refusal)
    const page = await openPage()
    await page.goto('/console/sign-in#code=forged')
    await page.getByRole('alert').waitFor()
    await codeField(page).waitFor()
  })
})

it('a deep link without a session asks for a sign-in and leads to its place', async ({
  openPage,
  createLink,
  allow,
}) => {
  allow(refusal)
  const page = await openPage()
  await page.goto('/console/library?search=pendulum&sort=TITLE')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await checkA11y(page)
  await codeField(page).fill(await createLink())
  await codeField(page).press('Enter')
  await library(page).waitFor()
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/console/library?search=pendulum&sort=TITLE')
  expect(await page.getByRole('dialog').count()).toBe(0)
})

describe('the end of a session', () => {
  it('offers a sign-in in place, which keeps what was typed', async ({
    signInAs,
    createLink,
    addMedia,
    world,
    users,
    allow,
  }) => {
    allow(refusal)
    await addMedia({ title: 'The pendulum' })
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await page.getByRole('searchbox', { name: 'Search media' }).fill('pendulum')
    await page.waitForURL(/search=pendulum/)
    await page.getByText('The pendulum').waitFor()
    await endSession(world, page)
    const dialog = page.getByRole('alertdialog', { name: 'Your session has ended' })
    await dialog.waitFor()
    await checkA11y(page)
    await dialog.getByLabel('Link or code').fill(await createLink())
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.getByRole('searchbox', { name: 'Search media' }).inputValue()).toBe('pendulum')
    // Live topics are followed again.
    await world.upload(users.editor, Buffer.from('Notes'), { fileName: 'notes.txt', title: 'Notes on the pendulum' })
    // The list is also read again, and may hold the media already.
    await page.getByText('1 new media').or(page.getByText('Notes on the pendulum')).first().waitFor()
  })

  it('is over in all tabs after a sign-in in one', async ({ signInAs, createLink, world, allow }) => {
    allow(refusal)
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await library(page).waitFor()
    await endSession(world, page)
    await page.getByRole('alertdialog').waitFor()
    const other = await page.context().newPage()
    await other.goto(await createLink())
    await library(other).waitFor()
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  })

  it('by a sign-out closes the sockets of the page', async ({ signInAs }) => {
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await page.evaluate(async () => {
      const socket = new WebSocket(`ws://${location.host}/graphql`, 'graphql-transport-ws')
      const closed = new Promise((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
      await new Promise((resolve) => {
        socket.addEventListener('message', resolve, { once: true })
        socket.addEventListener('open', () => socket.send('{"type":"connection_init"}'))
      })
      Object.assign(window, { socketClosed: closed })
      await fetch('session', { method: 'DELETE' })
    })
    expect(await page.evaluate('socketClosed')).toBe(4401)
  })

  it('by a sign-out leads to a page that says so', async ({ signInAs }) => {
    const page = await signInAs('editor')
    await page.goto('/console/library')
    await page.getByRole('button', { name: 'Ada Editor' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await checkA11y(page)
    expect(await page.context().cookies()).toEqual([])
  })
})

describe('a page of another origin', () => {
  it('sends no mutation with the session cookie', async ({ signInAs, openNeighbour, world }) => {
    const page = await signInAs('editor')
    await openNeighbour(page)
    const answered = page.waitForResponse(`${world.origin}/graphql`)
    await page.evaluate((url) => {
      const body = new Blob(['{"query":"mutation { folderCreate(input: { name: \\"x\\" }) { __typename } }"}'])
      fetch(url, { method: 'POST', body, credentials: 'include', mode: 'no-cors' }).catch(() => undefined)
    }, world.graphqlUrl)
    expect((await answered).status()).toBeGreaterThanOrEqual(400)
    expect(await world.runtime.ports.database.folder.count()).toBe(0)
  })

  it('opens no socket with the session cookie', async ({ signInAs, openNeighbour, world }) => {
    const page = await signInAs('editor')
    await openNeighbour(page)
    const events = await page.evaluate(
      (url) =>
        new Promise<string[]>((resolve) => {
          const names: string[] = []
          const socket = new WebSocket(url, 'graphql-transport-ws')
          for (const name of ['open', 'error', 'close'])
            socket.addEventListener(name, () => {
              names.push(name)
              if (name === 'close') resolve(names)
            })
        }),
      world.graphqlUrl.replace('http', 'ws'),
    )
    expect(events).toEqual(['error', 'close'])
  })
})

it('an unknown address has a page that says so', async ({ signInAs }) => {
  const page = await signInAs('editor')
  await page.goto('/console/nothing/here')
  await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor()
  await checkA11y(page)
  await page.getByRole('link', { name: 'Open the library' }).click()
  await library(page).waitFor()
})

it('a screen that a role does not include says so', async ({ signInAs }) => {
  const page = await signInAs('viewer')
  await page.goto('/console/log')
  await page.getByRole('heading', { name: 'You may not do this' }).waitFor()
  await checkA11y(page)
})
