import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { clientId, clientSecret, startIssuer } from '../../harness/issuer.ts'
import { freePort } from '../../harness/port.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { it as base } from './consoleIt.ts'

/** `it` whose people sign in at a login service of another site. */
const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('issuer', { scope: 'file' }, async ({}, { onCleanup }) => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const redirectUri = `http://127.0.0.1:${serverPort}/console/callback`
    const issuer = await startIssuer({ port, host: 'localhost', redirectUri, hasRoleInIdToken: true })
    onCleanup(() => issuer.stop())
    issuer.setAccount({ sub: 'grace', name: 'Grace', role: 'admin' })
    return { url: issuer.url, serverPort }
  })
  .extend(
    'worldOptions',
    { scope: 'file' },
    ({ issuer }): WorldOptions => ({
      env: {
        PORT: String(issuer.serverPort),
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        OIDC_ROLE_CLAIM: 'role',
      },
    }),
  )
  .extend('page', async ({ openPage, allow }) => {
    allow(/another host: http:\/\/localhost|console error: Failed to load resource: .* 401/)
    return openPage()
  })

const library = (page: Page) => page.getByRole('heading', { name: 'Library', level: 1 })
const serviceButton = (page: Page) => page.getByRole('button', { name: "Sign in with your school's login" })

it('a deep link goes to the login service and leads to its place', async ({ page }) => {
  await page.goto('/console/library?search=pendulum')
  await library(page).waitFor()
  await page.getByRole('button', { name: 'Grace Administrator' }).waitFor()
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/console/library?search=pendulum')
})

it('a session that the server refuses does not send the browser around in a circle', async ({ page }) => {
  const body = { errors: [{ message: 'Sign in again.', extensions: { code: 'UNAUTHENTICATED' } }] }
  await page.route('**/graphql', (route) => route.fulfill({ status: 401, json: body }))
  await page.goto('/console/library')
  await serviceButton(page).waitFor()
  await page.unroute('**/graphql')
  await serviceButton(page).click()
  await library(page).waitFor()
})

it('the end of a session is followed by a sign-in in a window that closes', async ({ page, world }) => {
  await page.goto('/console/library')
  await page.getByRole('searchbox', { name: 'Search media' }).fill('pendulum')
  await page.waitForURL(/search=pendulum/)
  const [cookie] = (await page.context().cookies(world.origin)).filter(({ name }) => name === 'mediagraph')
  await world.runtime.services.sessions.end(cookie?.value ?? '')
  const dialog = page.getByRole('alertdialog', { name: 'Your session has ended' })
  await dialog.waitFor()
  const opened = page.waitForEvent('popup')
  await serviceButton(page).click()
  const popup = await opened
  await Promise.all([dialog.waitFor({ state: 'detached' }), popup.waitForEvent('close')])
  expect(await page.getByRole('searchbox', { name: 'Search media' }).inputValue()).toBe('pendulum')
})

it('a sign-out is not followed by a sign-in', async ({ page }) => {
  await page.goto('/console/library')
  await page.getByRole('button', { name: 'Grace Administrator' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await serviceButton(page).click()
  await library(page).waitFor()
})
