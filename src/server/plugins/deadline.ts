import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { DeadlineError } from '../../services/kernel/errors.ts'
import { createDeadlineError, type Deadlines, withDeadline } from '../deadline.ts'
import { toErrorResult } from './errors.ts'
import { operationLabelOf, rootFieldsOf } from './rootFields.ts'

/** Data of a call that the plugin needs; the transport provides it. */
export interface DeadlineCall {
  /** Time of the request's arrival, by `performance.now()`. */
  receivedAtMs: number
  /** Set once the deadline has passed: the result of the operation, converted for the client, who was answered without it. */
  lateResult?: Promise<ExecutionResult>
}

const unknownOutcome =
  'The change may have been made. Send it again with the same idempotency key, or read the current state first.'

/** Returns the time of the operation from its arrival: the longest that one of its root fields needs. */
export const timeoutOf = (
  { schema, document, operationName }: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName'>,
  deadlines: Deadlines,
): number => {
  const operation = getOperationAST(document, operationName)?.operation
  const defaultMs = operation === 'mutation' ? deadlines.mutationMs : deadlines.queryMs
  const fields = operation && schema.getRootType(operation)?.getFields()
  const timeouts = rootFieldsOf(document, operationName).map((name) => fields?.[name]?.extensions.timeoutMs ?? 0)
  return Math.max(defaultMs, ...timeouts)
}

/**
 * Answers operations with UNAVAILABLE if their result, or the beginning of their stream, takes too long. One whose time is
 * over before it begins does not begin. Has to be the last plugin, so that it wraps what all others execute.
 */
export const useDeadline = (
  callOf: (context: object) => DeadlineCall,
  deadlines: Deadlines,
  toClientResult: (result: ExecutionResult, context: object) => ExecutionResult,
): Plugin => {
  /** Converts what arrives after the deadline like any result, so that its failures are logged. */
  const toLateResult = (execution: Promise<ExecutionResult>, context: object): Promise<ExecutionResult> => {
    const lateResult = execution.then(
      (result) => toClientResult(result, context),
      (error: unknown) => {
        toClientResult(toErrorResult(error), context)
        throw error
      },
    )
    lateResult.catch(() => undefined) // logged above; only a call with an idempotency key waits for it
    return lateResult
  }

  /** Closes a stream that begins after its subscriber was refused. */
  const closeLate = (subscription: Promise<unknown>, context: object): void => {
    subscription
      .then((result) => {
        if (isAsyncIterable(result)) return result[Symbol.asyncIterator]().return?.()
        toClientResult(result as ExecutionResult, context) // as: the other result of a subscription
      })
      .catch((error: unknown) => toClientResult(toErrorResult(error), context))
  }

  const remainingMsOf = (args: ExecutionArgs): number => {
    const { receivedAtMs } = callOf(args.contextValue as object) // as: created by createContext
    return timeoutOf(args, deadlines) - (performance.now() - receivedAtMs)
  }
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const context = args.contextValue as object // as: created by createContext
      const call = callOf(context)
      const operation = operationLabelOf(args.document, args.operationName)
      const isMutation = getOperationAST(args.document, args.operationName)?.operation === 'mutation'
      setExecuteFn(async (executionArgs) => {
        const remainingMs = remainingMsOf(args)
        if (remainingMs <= 0) return toErrorResult(createDeadlineError({ operation }))
        const execution = Promise.resolve(executeFn(executionArgs))
        const options = { operation, remedy: isMutation ? unknownOutcome : undefined }
        return withDeadline(execution, remainingMs, options).catch((error: unknown) => {
          if (!(error instanceof DeadlineError)) throw error
          call.lateResult = toLateResult(execution, context)
          return toErrorResult(error)
        })
      })
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const operation = operationLabelOf(args.document, args.operationName)
      setSubscribeFn(async (subscriptionArgs) => {
        const remainingMs = remainingMsOf(args)
        if (remainingMs <= 0) return toErrorResult(createDeadlineError({ operation }))
        const subscription = Promise.resolve(subscribeFn(subscriptionArgs))
        return withDeadline(subscription, remainingMs, { operation }).catch((error: unknown) => {
          if (!(error instanceof DeadlineError)) throw error
          closeLate(subscription, args.contextValue as object) // as: created by createContext
          return toErrorResult(error)
        })
      })
    },
  }
}
