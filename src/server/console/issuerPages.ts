import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseReturnPath } from '../../services/session/returnPath.ts'
import { type SignIns, signInMinutes } from '../../services/session/signIns.ts'
import { endResponse } from '../responses.ts'
import type { AddressLimits } from './addressLimits.ts'
import type { SendApp } from './app.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { setSessionCookie } from './sessionEndpoint.ts'
import type { Site } from './sites.ts'

export interface IssuerPagesOptions {
  signIns: SignIns
  addressLimits: AddressLimits
  publicUrl: string
  hasLoginService: boolean
  /** Whether people may also sign in by a link, whose code only the page can read. */
  offersLinks: boolean
  sendApp: SendApp
}

const queryOf = ({ url = '' }: IncomingMessage): string => {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

const redirect = (req: IncomingMessage, res: ServerResponse, location: string): void => {
  res.statusCode = 303
  res.setHeader('Location', location)
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('Cache-Control', 'no-store')
  endResponse(req, res)
}

/** Site of the callback: the login service knows PUBLIC_URL only. */
const publicSiteOf = (publicUrl: string): Site => ({ isHttps: publicUrl.startsWith('https:') })

const readIds = (req: IncomingMessage, site: Site) => ({
  browserId: readCookie(req, 'signIn', site),
  sessionId: readCookie(req, 'session', site),
})

/** Starts a sign-in: at the login service, or by the page if people may come with a link. */
export const showSignIn =
  ({ signIns, addressLimits, publicUrl, hasLoginService, offersLinks, sendApp }: IssuerPagesOptions) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const query = new URLSearchParams(queryOf(req))
    const returnPath = parseReturnPath(query.get('return'))
    if (!hasLoginService || (offersLinks && !query.has('issuer'))) return sendApp(req, res)
    // Each sign-in that begins is stored, and pushes out the oldest if too many wait.
    await addressLimits.admitSignIn(req)
    const site = publicSiteOf(publicUrl)
    const { browserId, url } = await signIns.begin({ ...readIds(req, site), returnPath })
    const maxAgeSeconds = signInMinutes * 60
    res.setHeader('Set-Cookie', writeCookie({ kind: 'signIn', site, value: browserId, maxAgeSeconds }))
    redirect(req, res, url)
  }

/** Takes the answer of the login service, and sends the browser to its former path. */
export const finishSignIn =
  ({ signIns, addressLimits, publicUrl }: IssuerPagesOptions) =>
  async (req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> => {
    const site = publicSiteOf(publicUrl)
    const answer = { ...readIds(req, site), query: queryOf(req) }
    const finish = () => signIns.finish(answer, requestId)
    const { session, returnPath } = await addressLimits.countRefusals(req, finish)
    setSessionCookie(res, site, session)
    redirect(req, res, `${new URL(publicUrl).pathname.replace(/\/$/, '')}${returnPath}`)
  }
