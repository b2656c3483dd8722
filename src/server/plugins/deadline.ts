import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { UnavailableError } from '../../services/kernel/errors.ts'
import { type Deadlines, withDeadline } from '../deadline.ts'
import { toErrorResult } from './errors.ts'
import { rootFieldsOf } from './rootFields.ts'

/** Data of a call that the plugin needs; the transport provides it. */
export interface DeadlineCall {
  /** Time of the request's arrival, by `performance.now()`. */
  receivedAtMs: number
  /** Set once the deadline has passed: the result of the operation, which was answered without it. */
  lateResult?: Promise<ExecutionResult>
}

const unknownOutcome =
  'The change may have been made. Send it again with the same idempotency key, or read the current state first.'

/** Returns the time of the operation from its arrival: the longest that one of its root fields needs. */
const timeoutOf = ({ schema, document, operationName }: ExecutionArgs, deadlines: Deadlines): number => {
  const operation = getOperationAST(document, operationName)?.operation
  const defaultMs = operation === 'mutation' ? deadlines.mutationMs : deadlines.queryMs
  const fields = operation && schema.getRootType(operation)?.getFields()
  const timeouts = rootFieldsOf(document, operationName).map((name) => fields?.[name]?.extensions.timeoutMs ?? 0)
  return Math.max(defaultMs, ...timeouts)
}

/**
 * Answers operations with UNAVAILABLE if their result, or the beginning of their stream, takes too long. Has to be the last
 * plugin, so that it wraps what all others execute.
 */
export const useDeadline = (callOf: (context: object) => DeadlineCall, deadlines: Deadlines): Plugin => ({
  onExecute({ args, executeFn, setExecuteFn }) {
    const call = callOf(args.contextValue as object) // as: created by createContext
    const isMutation = getOperationAST(args.document, args.operationName)?.operation === 'mutation'
    setExecuteFn(async (executionArgs) => {
      const execution = Promise.resolve(executeFn(executionArgs))
      const remainingMs = timeoutOf(args, deadlines) - (performance.now() - call.receivedAtMs)
      return withDeadline(execution, remainingMs, isMutation ? unknownOutcome : undefined).catch((error: unknown) => {
        if (!(error instanceof UnavailableError)) throw error
        call.lateResult = execution
        return toErrorResult(error)
      })
    })
  },
  onSubscribe({ args, subscribeFn, setSubscribeFn }) {
    const { receivedAtMs } = callOf(args.contextValue as object) // as: created by createContext
    setSubscribeFn(async (subscriptionArgs) => {
      const subscription = Promise.resolve(subscribeFn(subscriptionArgs))
      const remainingMs = timeoutOf(args, deadlines) - (performance.now() - receivedAtMs)
      return withDeadline(subscription, remainingMs).catch((error: unknown) => {
        if (!(error instanceof UnavailableError)) throw error
        closeLate(subscription)
        return toErrorResult(error)
      })
    })
  },
})

/** Closes a stream that begins after its subscriber was refused. */
const closeLate = (subscription: Promise<unknown>): void => {
  subscription
    .then((stream) => (isAsyncIterable(stream) ? stream[Symbol.asyncIterator]().return?.() : undefined))
    .catch(() => undefined) // the subscriber was refused
}
