import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import type { RateClass, RateLimits } from '../../services/rateLimit/rateLimits.ts'
import { toErrorResult } from './errors.ts'
import { rootFieldsOf } from './rootFields.ts'

/** Returns the class of each root field, as the schema declares it. Introspection fields have none. */
const rateClassesOf = ({ schema, document, operationName }: ExecutionArgs): RateClass[] => {
  const operation = getOperationAST(document, operationName)
  const fields = operation && schema.getRootType(operation.operation)?.getFields()
  return rootFieldsOf(document, operationName).map((name) => fields?.[name]?.extensions.rateClass ?? 'calls')
}

/** Refuses operations of callers that exceed a rate limit. */
export const useRateLimits = (rateLimits: RateLimits, actorOf: (context: object) => UserActor): Plugin => {
  /** Returns null if the operation may run. */
  const checkRateLimit = async (args: ExecutionArgs): Promise<ExecutionResult | null> => {
    const actor = actorOf(args.contextValue as object) // as: created by createContext
    try {
      await rateLimits.admit(actor, rateClassesOf(args))
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
