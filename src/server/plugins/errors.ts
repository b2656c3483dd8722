import { handleStreamOrSingleExecutionResult, isAsyncIterable } from '@envelop/core'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { InvalidInputError, NotFoundError, type Refusal, type RefusalCode } from '../../services/kernel/errors.ts'
import type { Logger } from '../../services/kernel/ports.ts'
import { httpStatuses, internalErrorMessage, retryHeadersOf, toRefusal } from '../responses.ts'

/** Returns the cause inside all the wrappers that graphql added. */
const unwrapError = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? unwrapError(error.originalError) : error

/** Codes of refusals that concern the whole call. */
const callCodes = new Set<RefusalCode>(['RATE_LIMITED', 'IDEMPOTENCY_MISMATCH', 'UNAVAILABLE', 'STORAGE_FULL'])

/** Returns the HTTP status of a refusal of the whole call, for media types that allow an error status. */
const http = (refusal: Refusal) => {
  if (!callCodes.has(refusal.code)) return {}
  // `spec`: not for application/json, in which every well-formed response has status 200.
  return { http: { spec: true, status: httpStatuses[refusal.code], headers: retryHeadersOf(refusal) } }
}

const toExtensions = (refusal: Refusal): Record<string, unknown> => ({
  code: refusal.code,
  ...http(refusal),
  ...(refusal instanceof InvalidInputError ? { fields: refusal.fields } : {}),
  ...(refusal instanceof NotFoundError && refusal.nodeId !== null ? { nodeId: refusal.nodeId } : {}),
  ...('retryAfterSeconds' in refusal ? { retryAfterSeconds: refusal.retryAfterSeconds } : {}),
})

const locationOf = (error: unknown) =>
  error instanceof GraphQLError
    ? { nodes: error.nodes, path: error.path, positions: error.positions, source: error.source }
    : {}

/**
 * Whether a resolver's value does not fit its type. An error without a cause of another class comes from graphql
 * itself, and the client may read it: syntax, validation, variables and limits. This kind is the exception, a bug. Only
 * here, the outer error has a path while the inner one has neither a location in the document nor a code.
 */
const isSerializationError = (error: unknown, cause: GraphQLError): boolean =>
  error instanceof GraphQLError && error.path !== undefined && cause.nodes === undefined && !cause.extensions['code']

/**
 * Converts an error to what a client may read: a refusal or an outage with its own message and code, an error of
 * the document unchanged, and anything else, a bug, as one message with the request id. Logs the bug with its cause.
 */
export const toClientError = (error: unknown, { log, requestId }: { log: Logger; requestId: string }): GraphQLError => {
  const cause = unwrapError(error)
  const refusal = toRefusal(cause, { log, requestId })
  if (refusal !== null)
    return new GraphQLError(refusal.message, { ...locationOf(error), extensions: toExtensions(refusal) })
  if (cause instanceof GraphQLError && !isSerializationError(error, cause))
    return cause === error
      ? cause
      : new GraphQLError(cause.message, { ...locationOf(error), extensions: cause.extensions })
  const path = error instanceof GraphQLError ? error.path : undefined
  log.error({ err: cause, requestId, path }, 'Failed to run an operation.')
  return new GraphQLError(internalErrorMessage(requestId), {
    ...locationOf(error),
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  })
}

/** Returns the result of an operation that an error prevents from running; converted for the client like any other. */
export const toErrorResult = (error: unknown): ExecutionResult => {
  const originalError =
    error instanceof Error ? error : new Error('A value that is not an Error was thrown.', { cause: error })
  return { errors: [new GraphQLError(originalError.message, { originalError })] }
}

const requestIdOf = (context: unknown): string =>
  typeof context === 'object' && context !== null && 'requestId' in context ? String(context.requestId) : 'unknown'

/** Converts every error of a result with `toClientError`. */
export const withClientErrors = (result: ExecutionResult, context: unknown, log: Logger): ExecutionResult =>
  result.errors === undefined
    ? result
    : {
        ...result,
        errors: result.errors.map((error) => toClientError(error, { log, requestId: requestIdOf(context) })),
      }

/** Converts every error of an execution with `toClientError`: in single results, in events, and of a failed source. */
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
