import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendPage } from './page.ts'

// Exchanges the code in the fragment, which no server has seen, for the session cookie.
const signInScript = `
  const status = document.querySelector('[role=status]')
  const { target, issuer } = document.body.dataset
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  // The code must not stay in the address, the history or a bookmark.
  history.replaceState(null, '', location.pathname + location.search)
  const exchange = async () => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch('session', { method: 'POST', headers, body: JSON.stringify({ code }) })
    if (response.ok) return location.replace(target)
    const { errors } = await response.json()
    status.textContent = errors[0].message
  }
  const fail = () => { status.textContent = 'The server does not answer. Open the link again.' }
  if (code !== null) exchange().catch(fail)
  else if (issuer) location.replace(issuer)
  else status.textContent = 'Open a sign-in link. The server prints one when it starts, and so does: npm run token -- --link'
`

// Shows who is signed in, and signs out.
const consoleScript = `
  const status = document.querySelector('[role=status]')
  const button = document.querySelector('button')
  const show = (text, isSignedIn) => {
    status.textContent = text
    button.hidden = !isSignedIn
  }
  const load = async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const body = JSON.stringify({ query: '{ viewer { name role } }' })
    const { data, errors } = await (await fetch('../graphql', { method: 'POST', headers, body })).json()
    if (data?.viewer) show('You are signed in as ' + data.viewer.name + ' (' + data.viewer.role.toLowerCase() + ').', true)
    else show(errors[0].message, false)
  }
  button.onclick = async () => {
    const { ok } = await fetch('session', { method: 'DELETE' })
    show(ok ? 'You are signed out.' : 'Failed to sign out. Try again.', !ok)
  }
  load().catch(() => show('The server does not answer. Reload the page.', false))
`

/** Path within the console as its pages name it, also below a path of PUBLIC_URL. */
const toRelative = (consolePath: string): string => `.${consolePath.slice('/console'.length)}`

interface SignInPage {
  returnPath: string
  /** Whether people without a code sign in at the login service. */
  hasLoginService: boolean
}

/** Sends the page that signs in by the code in its fragment. */
export const sendSignInPage = (
  req: IncomingMessage,
  res: ServerResponse,
  { returnPath, hasLoginService }: SignInPage,
): void => {
  const issuer = hasLoginService ? `sign-in?${new URLSearchParams({ issuer: 'true', return: returnPath })}` : ''
  sendPage(req, res, {
    status: 200,
    title: 'Sign in',
    body: '<p role="status">Signing in …</p><noscript><p>Signing in needs JavaScript.</p></noscript>',
    data: { target: toRelative(returnPath), issuer },
    script: signInScript,
  })
}

/** Sends the page that shows who is signed in. */
export const sendConsolePage = (req: IncomingMessage, res: ServerResponse): void =>
  sendPage(req, res, {
    status: 200,
    title: 'Console',
    body: '<p role="status">Loading …</p><p><button hidden>Sign out</button></p><p><a href="sign-in">Sign in</a></p>',
    script: consoleScript,
  })
