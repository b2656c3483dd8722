import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import type { RateLimits } from '../../services/rateLimit/rateLimits.ts'
import { toErrorResult } from './errors.ts'
import { rootFieldsOf } from './rootFields.ts'

/** Refuses what its caller has done too often of late. */
export const useRateLimits = (rateLimits: RateLimits, actorOf: (context: object) => UserActor): Plugin => {
  /** Null where the operation may run. */
  const checkRateLimit = async ({
    document,
    operationName,
    contextValue,
  }: ExecutionArgs): Promise<ExecutionResult | null> => {
    const actor = actorOf(contextValue as object) // the context that we made
    try {
      await rateLimits.admit(actor, rootFieldsOf(document, operationName))
      return null
    } catch (error) {
      return toErrorResult(error)
    }
  }

  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const errorResult = await checkRateLimit(args)
      if (errorResult !== null) setResultAndStopExecution(errorResult)
    },
    async onSubscribe({ args, setResultAndStopExecution }) {
      const errorResult = await checkRateLimit(args)
      if (errorResult !== null) setResultAndStopExecution(errorResult)
    },
  }
}
