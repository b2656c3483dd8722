import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import type { UserActor } from '../../services/kernel/actor.ts'

type SharedResults = Map<string, Promise<ExecutionResult>>

/** Returns a key of everything that a result depends on, besides the event and the document. */
const keyOf = ({ operationName, variableValues }: ExecutionArgs, { userId, role }: UserActor): string =>
  JSON.stringify([operationName ?? null, variableValues ?? null, userId, role])

/**
 * Creates an execution that runs once per event for all subscriptions of one caller with the same operation: a hundred
 * screens that show one conversion cost as much as one. Live subscriptions emit the same object for the same event.
 */
export const createSharedExecution = () => {
  const resultsByEvent = new WeakMap<object, WeakMap<object, SharedResults>>()

  const getResults = (sourceEvent: object, document: object): SharedResults => {
    const resultsByDocument = resultsByEvent.get(sourceEvent) ?? new WeakMap<object, SharedResults>()
    resultsByEvent.set(sourceEvent, resultsByDocument)
    const results = resultsByDocument.get(document) ?? new Map<string, Promise<ExecutionResult>>()
    resultsByDocument.set(document, results)
    return results
  }

  return async (args: ExecutionArgs, actor: UserActor): Promise<ExecutionResult> => {
    const { rootValue, document } = args
    if (typeof rootValue !== 'object' || rootValue === null) return execute(args)
    const results = getResults(rootValue, document)
    const key = keyOf(args, actor)
    const pendingResult = results.get(key) ?? Promise.resolve(execute(args))
    results.set(key, pendingResult)
    return pendingResult
  }
}
