import type { Page } from 'playwright-core'
import { test as base, expect } from 'vitest'
import { createCode } from '../e2e/session/browser.ts'
import { clientId, clientSecret, startIssuer } from '../harness/issuer.ts'
import { freePort } from '../harness/port.ts'
import { openWorld } from '../harness/world.ts'
import { openChromium } from './chromium.ts'

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('page', async ({}, { onCleanup }) => {
    const browser = await openChromium()
    onCleanup(() => browser.close())
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
    page.on('pageerror', (error) => void problems.push(String(error)))
    return Object.assign(page, { problems })
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('world', async ({}, { onCleanup }) => {
    const world = await openWorld()
    onCleanup(() => world.close())
    return world
  })
  /** Login service of another site. */
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('issuer', async ({}, { onCleanup }) => {
    const [port, serverPort] = [await freePort(), await freePort()]
    const redirectUri = `http://127.0.0.1:${serverPort}/console/callback`
    const issuer = await startIssuer({ port, host: 'localhost', redirectUri, hasRoleInIdToken: true })
    onCleanup(() => issuer.stop())
    issuer.setAccount({ sub: 'grace', name: 'Grace', role: 'admin' })
    return { url: issuer.url, serverPort }
  })
  /** A server whose people sign in there. */
  .extend('school', async ({ issuer }, { onCleanup }) => {
    const world = await openWorld({
      env: {
        PORT: String(issuer.serverPort),
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        OIDC_ROLE_CLAIM: 'role',
      },
    })
    onCleanup(() => world.close())
    return world
  })

const statusOf = (page: Page) => expect.poll(() => page.textContent('[role=status]'), { timeout: 20_000 })

test('a link signs in until the sign-out button is clicked', async ({ page, world }) => {
  await page.goto(`${world.origin}/console/sign-in#code=${await createCode(world)}`)
  await statusOf(page).toBe('You are signed in as Ada (editor).')
  await page.click('button')
  await statusOf(page).toBe('You are signed out.')
  expect(page.problems).toEqual([])
})

test('scripts can read neither the cookie nor the code', async ({ page, world }) => {
  await page.goto(`${world.origin}/console/sign-in#code=${await createCode(world)}`)
  await statusOf(page).toBe('You are signed in as Ada (editor).')
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(page.url()).toBe(`${world.origin}/console/`)
  expect(await page.context().cookies()).toMatchObject([{ name: 'mediagraph', httpOnly: true, sameSite: 'Strict' }])
})

test('a link that was used says so', async ({ page, world }) => {
  const link = `${world.origin}/console/sign-in#code=${await createCode(world)}`
  await page.goto(link)
  await statusOf(page).toBe('You are signed in as Ada (editor).')
  await page.goto('about:blank')
  await page.goto(link)
  await statusOf(page).toContain('was used already')
})

test('a login service of another site signs in', async ({ page, school }) => {
  await page.goto(`${school.origin}/console/sign-in`)
  await statusOf(page).toBe('You are signed in as Grace (admin).')
  expect(page.problems).toEqual([])
})
