import { GraphQLError } from 'graphql'
import type { Logger } from '../services/kernel/ports.ts'
import { toClientError } from './plugins/errors.ts'

/**
 * Keeps the process running when a field is rejected for which graphql-js does not wait any more: an item of a list failed
 * at once, while fields of items before it were pending. Without a listener, Node ends the process for it. Bugs are logged;
 * any other unhandled rejection still ends the process. Returns a function that removes the listener.
 */
export const ignoreAbandonedFields = (log: Logger): (() => void) => {
  const ignore = (reason: unknown): void => {
    if (!(reason instanceof GraphQLError)) throw reason
    toClientError(reason, { log, requestId: 'unknown' })
  }
  process.on('unhandledRejection', ignore)
  return () => void process.off('unhandledRejection', ignore)
}
