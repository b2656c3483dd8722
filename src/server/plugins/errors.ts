import { handleStreamOrSingleExecutionResult, isAsyncIterable } from '@envelop/core'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import {
  IdempotencyMismatchError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
} from '../../services/kernel/errors.ts'
import type { Logger } from '../../services/kernel/ports.ts'
import { httpStatuses } from '../responses.ts'

/** The cause behind what graphql wrapped around it, however often. */
const unwrapError = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? unwrapError(error.originalError) : error

/** What refuses the call itself says so by its status too, where the media type leaves room for one. */
const http = (refusal: Refusal) => {
  if (!(refusal instanceof RateLimitedError || refusal instanceof IdempotencyMismatchError)) return {}
  const headers = refusal instanceof RateLimitedError ? { 'Retry-After': String(refusal.retryAfterSeconds) } : {}
  // `spec`: not in application/json, in which every well-formed answer is a 200.
  return { http: { spec: true, status: httpStatuses[refusal.code], headers } }
}

const toExtensions = (refusal: Refusal): Record<string, unknown> => ({
  code: refusal.code,
  ...http(refusal),
  ...(refusal instanceof InvalidInputError ? { fields: refusal.fields } : {}),
  ...(refusal instanceof NotFoundError && refusal.nodeId !== null ? { nodeId: refusal.nodeId } : {}),
  ...(refusal instanceof RateLimitedError ? { retryAfterSeconds: refusal.retryAfterSeconds } : {}),
})

const locationOf = (error: unknown) =>
  error instanceof GraphQLError
    ? { nodes: error.nodes, path: error.path, positions: error.positions, source: error.source }
    : {}

/**
 * Without a cause of another kind an error comes from graphql itself: syntax, validation, variables, limits, which are
 * for the client. One more kind is not: a resolver's value that its type cannot show. Only that one has a path outside
 * and neither a place in the document nor a code inside.
 */
const isSerializationError = (error: unknown, cause: GraphQLError): boolean =>
  error instanceof GraphQLError && error.path !== undefined && cause.nodes === undefined && !cause.extensions['code']

/**
 * What a client may read of an error: refusals in their own words with a code, faults of the document as they are,
 * and anything else, a bug, as one sentence with the request's id. The bug itself is logged with its cause.
 */
export const toClientError = (error: unknown, { log, requestId }: { log: Logger; requestId: string }): GraphQLError => {
  const cause = unwrapError(error)
  if (cause instanceof Refusal)
    return new GraphQLError(cause.message, { ...locationOf(error), extensions: toExtensions(cause) })
  if (cause instanceof GraphQLError && !isSerializationError(error, cause))
    return cause === error
      ? cause
      : new GraphQLError(cause.message, { ...locationOf(error), extensions: cause.extensions })
  log.error(
    { err: cause, requestId, path: error instanceof GraphQLError ? error.path : undefined },
    'A resolver met a bug.',
  )
  return new GraphQLError(`Something went wrong on our side. It is logged under request id ${requestId}.`, {
    ...locationOf(error),
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  })
}

/** The result of an operation that does not run because of what was thrown before; presented like any other. */
export const toErrorResult = (error: unknown): ExecutionResult => {
  const originalError =
    error instanceof Error ? error : new Error('Something else than an error was thrown.', { cause: error })
  return { errors: [new GraphQLError(originalError.message, { originalError })] }
}

const requestIdOf = (context: unknown): string =>
  typeof context === 'object' && context !== null && 'requestId' in context ? String(context.requestId) : 'unknown'

const withClientErrors = (result: ExecutionResult, context: unknown, log: Logger): ExecutionResult =>
  result.errors === undefined
    ? result
    : {
        ...result,
        errors: result.errors.map((error) => toClientError(error, { log, requestId: requestIdOf(context) })),
      }

/** Shows every error of an execution as `presentError` does: single results, each event, and a source that fails. */
export const useClientErrors = (log: Logger): Plugin => ({
  onExecute: ({ args }) => ({
    onExecuteDone(payload) {
      return handleStreamOrSingleExecutionResult(payload, ({ result, setResult }) =>
        setResult(withClientErrors(result, args.contextValue, log)),
      )
    },
  }),
  onSubscribe: ({ args }) => ({
    onSubscribeResult({ result, setResult }) {
      if (!isAsyncIterable(result)) setResult(withClientErrors(result, args.contextValue, log))
      return {
        onNext: ({ result: eventResult, setResult: setEventResult }) =>
          setEventResult(withClientErrors(eventResult, args.contextValue, log)),
      }
    },
    onSubscribeError({ error, setError }) {
      setError(toClientError(error, { log, requestId: requestIdOf(args.contextValue) }))
    },
  }),
})
