import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, type RefusalCode } from '../services/kernel/errors.ts'
import type { Logger } from '../services/kernel/ports.ts'

export interface TextResponse {
  status: number
  /** One sentence for people. */
  body: string
}

/** STATE_CONFLICT is 410 and not 409, since clients take 409 for a reason to try again. */
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
} as const satisfies Record<RefusalCode, number>

/** A refusal in its own words; a bug logged with its cause and masked. */
export const toErrorResponse = (
  error: unknown,
  { log, requestId }: { log: Logger; requestId: string },
): TextResponse => {
  if (error instanceof Refusal) return { status: httpStatuses[error.code], body: error.message }
  log.error({ err: error, requestId }, 'A request failed.')
  return { status: 500, body: `Something went wrong on our side; it is logged under request id ${requestId}.` }
}

const unreadBodyTimeoutMs = 5000

/** Plain text that no cache keeps. The rest of an unread body is thrown away for a moment, since a client that is cut
 * off while it sends never reads why. */
export const sendTextResponse = (req: IncomingMessage, res: ServerResponse, { status, body }: TextResponse): void => {
  if (res.headersSent) return void res.destroy()
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Cache-Control', 'no-store')
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  res.end(req.method === 'HEAD' ? undefined : `${body}\n`)
  discardBody(req)
}

export const discardBody = (req: IncomingMessage): void => {
  if (req.complete || req.destroyed) return
  const timer = setTimeout(() => req.destroy(), unreadBodyTimeoutMs).unref()
  req.once('close', () => clearTimeout(timer))
  req.once('end', () => clearTimeout(timer))
  req.resume()
}
