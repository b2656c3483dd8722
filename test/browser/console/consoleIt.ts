import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TokenRole } from '../../../src/adapters/auth.ts'
import { createCode, signIn } from '../../e2e/session/browser.ts'
import { it as base } from '../../harness/it.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { openChromium } from '../chromium.ts'
import { addMedia, type NewMedia, seedWithPictures } from './media.ts'
import { collectProblems } from './problems.ts'

/** Names of the people, as in the clients of `users`. */
const names: Record<TokenRole, string> = { viewer: 'Vera', editor: 'Ada', admin: 'Root' }

const dbRoles = { viewer: 'VIEWER', editor: 'EDITOR', admin: 'ADMIN' } as const

interface Person {
  role?: TokenRole
  /** That of `users` by default: Vera, Ada or Root. */
  name?: string
}

/**
 * `it` with the console of a running Mediagraph in Chromium: `world`, `users` and `files` as in test/harness/it.ts.
 *
 * `openPage(options?)` opens a window of a browser without a session; addresses such as `/console/library` are the
 * server's. `signInAs(role, options?)` opens one that is signed in: two calls are two browsers, of two people if `name`
 * differs. `addMedia({ title, … })` inserts a media with a picture, `seedLibrary(count)` a whole library, once per file.
 *
 * A test fails on errors on the console, errors of the page, policy reports and requests to other hosts, except for lines
 * that match what it passes to `allow`.
 */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await openChromium()
    onCleanup(() => browser.close())
    return browser
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('problems', async ({}, { onCleanup }) => {
    const problems = collectProblems()
    onCleanup(() => expect(problems.unexpected(), 'Problems on the pages of the test').toEqual([]))
    return problems
  })
  .extend('allow', ({ problems }) => problems.allow)
  .extend('openPage', async ({ browser, world, problems }, { onCleanup }) => {
    const closings: (() => Promise<void>)[] = []
    onCleanup(async () => void (await Promise.all(closings.map((close) => close()))))
    return async (options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({
        ...{ baseURL: world.origin, locale: 'en-US', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' },
        ...options,
      })
      closings.push(() => context.close())
      await problems.watch(context, world.origin)
      return context.newPage()
    }
  })
  .extend(
    'signInAs',
    ({ world, openPage }) =>
      async (role: TokenRole, { name = names[role], ...options }: Person & BrowserContextOptions = {}) => {
        const page = await openPage(options)
        const cookie = await signIn(world, { name, role: dbRoles[role] })
        const [cookieName = '', value = ''] = cookie.split('=')
        await page
          .context()
          .addCookies([{ name: cookieName, value, url: world.origin, httpOnly: true, sameSite: 'Strict' }])
        return page
      },
  )
  /** Creates the path of a one-time link. */
  .extend(
    'createLink',
    ({ world }) =>
      async (role: TokenRole = 'editor', name: string = names[role]) =>
        `/console/sign-in#code=${await createCode(world, { name, role: dbRoles[role] })}`,
  )
  .extend(
    'addMedia',
    { scope: 'file' },
    ({ world }) =>
      (media: NewMedia) =>
        addMedia(world, media),
  )
  .extend(
    'seedLibrary',
    { scope: 'file' },
    ({ world }) =>
      (count: number) =>
        seedWithPictures(world, count),
  )

/** `it` whose world also converts files. */
export const itWithWorker = it.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ worker: true }))
