import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  DeadlineError,
  InvalidInputError,
  RateLimitedError,
  Refusal,
  type RefusalCode,
  UnavailableError,
} from '../services/kernel/errors.ts'
import { isOverrunError, toOutageError } from '../services/kernel/outages.ts'
import type { Logger } from '../services/kernel/ports.ts'

export interface TextResponse {
  status: number
  headers?: Record<string, string>
  /** Message for humans. */
  body: string
}

/** HTTP status of each refusal. STATE_CONFLICT is 410 and not 409, since clients treat 409 as a reason to retry. */
export const httpStatuses = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_INPUT: 400,
  IN_USE: 422,
  DUPLICATE: 422,
  STATE_CONFLICT: 410,
  RATE_LIMITED: 429,
  IDEMPOTENCY_MISMATCH: 422,
  UNDO_EXPIRED: 410,
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
} as const satisfies Record<RefusalCode, number>

/** Returns the header that says when the request may be retried. */
export const retryHeadersOf = (refusal: Refusal): Record<string, string> =>
  refusal instanceof RateLimitedError || refusal instanceof UnavailableError
    ? { 'Retry-After': String(refusal.retryAfterSeconds) }
    : {}

/** Whether the stack was too small for a recursion: nothing but a request with its variables is nested so deeply. */
const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message === 'Maximum call stack size exceeded'

/**
 * Returns the refusal that an error stands for: the error itself, the outage that caused it, or the nesting that exceeded
 * the stack; the latter two are logged. Null for a bug.
 */
export const toRefusal = (error: unknown, { log, requestId }: { log: Logger; requestId: string }): Refusal | null => {
  if (isStackOverflow(error)) {
    log.warn({ err: error, requestId }, 'Refused a call that is nested too deeply.')
    return new InvalidInputError([{ path: 'query', message: 'Is nested too deeply. Nest values and selections less.' }])
  }
  const outage = toOutageError(error)
  if (outage === null) return error instanceof Refusal ? error : null
  const err = outage.cause ?? outage
  if (outage instanceof DeadlineError)
    log.warn({ err, operation: outage.operation, requestId }, 'Answered a call too late.')
  else if (isOverrunError(err))
    log.error({ err, requestId }, 'Failed to finish the work of a call in time; refused it.')
  else log.warn({ err, requestId }, 'Refused a call because of an outage.')
  return outage
}

/**
 * Returns the response to an error: a refusal or an outage with its own message; a bug masked, after logging it with its
 * cause.
 */
export const toErrorResponse = (
  error: unknown,
  { log, requestId }: { log: Logger; requestId: string },
): TextResponse => {
  const refusal = toRefusal(error, { log, requestId })
  if (refusal !== null)
    return { status: httpStatuses[refusal.code], headers: retryHeadersOf(refusal), body: refusal.message }
  log.error({ err: error, requestId }, 'Failed to handle a request.')
  return { status: 500, body: internalErrorMessage(requestId) }
}

/** Message of a masked bug. */
export const internalErrorMessage = (requestId: string): string =>
  `Internal server error. Retry; if it fails again, report request id ${requestId}.`

const unreadBodyTimeoutMs = 5000

/** Sends plain text that is not cached. */
export const sendTextResponse = (
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers = {}, body }: TextResponse,
): void => {
  if (res.headersSent) return void res.destroy()
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  endResponse(req, res, req.method === 'HEAD' ? '' : `${body}\n`)
}

/**
 * Sends the rest of a response, and discards that of the request's body. The response ends after the body: if the
 * connection closes with unread bytes, it is reset, and a client that still sends never reads the response; nginx
 * replaces it by 502. A client that still sends after 5 s is disconnected.
 */
export const endResponse = (req: IncomingMessage, res: ServerResponse, text = ''): void => {
  if (req.complete || req.destroyed) return void res.end(text)
  const hasBody = req.method !== 'HEAD' && res.statusCode !== 204
  if (hasBody) res.setHeader('Content-Length', Buffer.byteLength(text))
  res.flushHeaders()
  if (hasBody) res.write(text)
  const timer = setTimeout(() => req.destroy(), unreadBodyTimeoutMs).unref()
  for (const event of ['end', 'close']) {
    req.once(event, () => {
      clearTimeout(timer)
      res.end()
    })
  }
  req.resume()
}
