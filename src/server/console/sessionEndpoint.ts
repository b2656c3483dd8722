import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { ForbiddenError, InvalidInputError, UnauthenticatedError } from '../../services/kernel/errors.ts'
import type { NewSession, Sessions } from '../../services/session/sessions.ts'
import type { SignInCodes } from '../../services/session/signInCodes.ts'
import { checkContentHeaders, type RequestRejection, readBody } from '../graphqlBody.ts'
import { endResponse } from '../responses.ts'
import type { AddressLimits } from './addressLimits.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { Site, Sites } from './sites.ts'

export interface SessionEndpointOptions {
  sessions: Pick<Sessions, 'end' | 'find' | 'isKnown'>
  addressLimits: AddressLimits
  signInCodes: SignInCodes
  sites: Sites
}

const bodyLimits = { maxBytes: 4096, timeoutMs: 15_000 }

const bodyShape = z.object({ code: z.string() })

const parseCode = (body: Buffer): string => {
  try {
    return bodyShape.parse(JSON.parse(body.toString())).code
  } catch (cause) {
    throw new InvalidInputError([{ path: 'code', message: 'Send a JSON object with the code of the link.' }], { cause })
  }
}

/** Requires a page of the server: another site must not sign a visitor in or out. */
const requireSite = (req: IncomingMessage, sites: Sites): Site => {
  const site = sites.of(req)
  if (site !== null) return site
  throw new ForbiddenError(
    "Signing in and out needs the server's own Origin: that of PUBLIC_URL, which has to be https, or this machine over http.",
  )
}

/** Gives a session's id to the browser. The cookie ends with the session. */
export const setSessionCookie = (res: ServerResponse, site: Site, { id, endsAt }: NewSession): void => {
  const maxAgeSeconds = Math.max(0, Math.floor((endsAt.getTime() - Date.now()) / 1000))
  res.appendHeader('Set-Cookie', writeCookie({ kind: 'session', site, value: id, maxAgeSeconds }))
}

const sendJson = (req: IncomingMessage, res: ServerResponse, status: number, body: object): void => {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  endResponse(req, res, JSON.stringify(body))
}

/** Sends a refusal as GraphQL does, since the same clients read it. */
export const sendJsonRejection = (
  req: IncomingMessage,
  res: ServerResponse,
  { status, code, message }: RequestRejection,
): void => sendJson(req, res, status, { errors: [{ message, extensions: { code } }] })

/** Exchanges the code of a link for the cookie of a new session, and ends the previous one of the browser. */
export const createSession =
  ({ sessions, signInCodes, addressLimits, sites }: SessionEndpointOptions) =>
  async (req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> => {
    const site = requireSite(req, sites)
    const rejection = checkContentHeaders(req)
    if (rejection !== null) return sendJsonRejection(req, res, rejection)
    const body = await readBody(req, bodyLimits)
    if (body === null) return
    if ('status' in body) return sendJsonRejection(req, res, body)
    const code = parseCode(body)
    const session = await addressLimits.countRefusals(req, () => signInCodes.exchange(code, requestId))
    // Once its cookie is replaced, no request could end it.
    const previousId = readCookie(req, 'session', site)
    if (previousId !== null) await sessions.end(previousId)
    setSessionCookie(res, site, session)
    sendJson(req, res, 200, { endsAt: session.endsAt })
  }

/** Whether there is a session of this id. Rejects with RateLimitedError if its address has sent too many others. */
const isOpen = async (
  req: IncomingMessage,
  id: string,
  { sessions, addressLimits }: Pick<SessionEndpointOptions, 'sessions' | 'addressLimits'>,
): Promise<boolean> => {
  try {
    await addressLimits.countRefusals(req, () => sessions.find(id))
    return true
  } catch (error) {
    if (error instanceof UnauthenticatedError) return false
    throw error
  }
}

/** Ends the session of the cookie and removes the cookie. Without a session there is nothing to do. */
export const deleteSession =
  ({ sessions, addressLimits, sites }: SessionEndpointOptions) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const site = requireSite(req, sites)
    const id = readCookie(req, 'session', site)
    if (id !== null && (sessions.isKnown(id) || (await isOpen(req, id, { sessions, addressLimits }))))
      await sessions.end(id)
    res.statusCode = 204
    res.setHeader('Set-Cookie', writeCookie({ kind: 'session', site, value: '', maxAgeSeconds: 0 }))
    res.setHeader('Cache-Control', 'no-store')
    endResponse(req, res)
  }
