import { readFile } from 'node:fs/promises'
import type axe from 'axe-core'
import type { CDPSession, Frame, Page } from 'playwright-core'
import { expect } from 'vitest'

const axePath = new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url)

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const evaluate = async (session: CDPSession, contextId: number, expression: string): Promise<unknown> => {
  const options = { contextId, expression, awaitPromise: true, returnByValue: true }
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', options)
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value
}

const describeViolation = ({ id, impact, help, nodes }: axe.Result): string =>
  [
    `${id} (${impact}): ${help}`,
    ...nodes.map(({ target, html, failureSummary = '' }) =>
      [`  ${target.join(' ')}`, html, ...failureSummary.split('\n').slice(1)].join('\n    '),
    ),
  ].join('\n')

/** Waits until what moves has arrived, and until the announcer of the components has removed what it names by a lost id. */
const waitForRest = (page: Page | Frame): Promise<unknown> =>
  page.waitForFunction(() => {
    const isMoving = document
      .getAnimations()
      .some(({ effect, playState }) => playState === 'running' && effect?.getComputedTiming().iterations !== Infinity)
    const isNamed = (element: Element): boolean =>
      (element.getAttribute('aria-labelledby') ?? '').split(' ').every((id) => document.getElementById(id)?.textContent)
    return !isMoving && [...document.querySelectorAll('[role=img][aria-labelledby]')].every(isNamed)
  })

/**
 * Expects that axe finds nothing on a page, by the rules of WCAG 2.2 AA and its best practices. It runs in a world of its
 * own, since the policy of the page allows no other scripts. Frames inside the page are not checked, unless `frame` is one
 * of another site.
 */
export const checkA11y = async (page: Page, frame?: Frame): Promise<void> => {
  await waitForRest(frame ?? page)
  const session = await page.context().newCDPSession(frame ?? page)
  try {
    const { frameTree } = await session.send('Page.getFrameTree')
    const world = { frameId: frameTree.frame.id, worldName: 'accessibility' }
    const { executionContextId } = await session.send('Page.createIsolatedWorld', world)
    await evaluate(session, executionContextId, await readFile(axePath, 'utf8'))
    const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], iframes: false }
    const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`
    const check = async () => (await evaluate(session, executionContextId, run)) as axe.Result[] // as: the answer of axe
    let violations = await check()
    // The announcer may have begun meanwhile.
    if (violations.some(({ id }) => id === 'role-img-alt')) {
      await waitForRest(frame ?? page)
      violations = await check()
    }
    if (violations.length > 0)
      throw new Error(`axe finds on ${(frame ?? page).url()}:\n${violations.map(describeViolation).join('\n')}`)
  } finally {
    await session.detach()
  }
}

/** Expects that the page as a whole does not scroll sideways. */
export const checkWidth = async (page: Page): Promise<void> => {
  const [scrollWidth, width] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return [scrollWidth, clientWidth]
  })
  expect(scrollWidth, `Width of the content of ${page.url()}`).toBeLessThanOrEqual(width ?? 0)
}
