import type { GraphQLError } from 'graphql'
import type { Logger } from '../services/kernel/ports.ts'
import type { RateLimits } from '../services/rateLimit/rateLimits.ts'
import { closeCodes } from './closeCodes.ts'
import { toClientError } from './plugins/errors.ts'
import { limits } from './plugins/limits.ts'
import type { SocketSession } from './socketSession.ts'

interface SocketRefusals {
  /** Counts an operation beyond the limit of its socket; closes a socket that keeps sending them. */
  countExcess(session: SocketSession): void
  /** Counts a refused operation as one call of its caller. Returns the errors to answer it with. */
  charge(session: SocketSession, requestId: string, errors: GraphQLError[]): Promise<GraphQLError[]>
}

const windowMs = 60_000

/**
 * Creates the accounting of operations that are refused before they run: refusing has a cost, which a client must not
 * be able to cause without limit.
 */
export const createSocketRefusals = ({ rateLimits, log }: { rateLimits: RateLimits; log: Logger }): SocketRefusals => {
  const countExcess = (session: SocketSession): void => {
    const { refusals } = session
    if (performance.now() - refusals.windowStartMs > windowMs)
      Object.assign(refusals, { count: 0, windowStartMs: performance.now() })
    refusals.count += 1
    if (refusals.count > limits.refusalsPerSocket && session.isOpen())
      session.end(closeCodes.tooMany, 'Too many refused operations')
  }

  return {
    countExcess,
    async charge(session, requestId, errors) {
      if (session.caller === undefined || !session.isOpen()) return errors
      try {
        await rateLimits.admit(session.caller.actor, ['calls'])
        return errors
      } catch (error) {
        countExcess(session)
        return [toClientError(error, { log, requestId })]
      }
    },
  }
}
