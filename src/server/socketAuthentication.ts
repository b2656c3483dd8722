import { ForbiddenError, TokenExpiredError, UnauthenticatedError } from '../services/kernel/errors.ts'
import { closeCodes } from './closeCodes.ts'

/** Returns the authorization that a client sends with `connection_init`; empty, which is invalid, if it is no text. */
export const authorizationOf = (parameters: Record<string, unknown> | undefined): string | undefined => {
  const value = parameters?.['authorization'] ?? parameters?.['Authorization']
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : ''
}

/** Close code of a socket whose token or session was refused. */
export const closeCodeOf = (error: unknown): number => {
  if (error instanceof TokenExpiredError) return closeCodes.tokenExpired
  // A client that may not use its cookie gives up, too: a new attempt would end the same way.
  const isRefused = error instanceof UnauthenticatedError || error instanceof ForbiddenError
  return isRefused ? closeCodes.unauthenticated : closeCodes.tryAgainLater
}
