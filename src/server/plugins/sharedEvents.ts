import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import type { UserActor } from '../../services/kernel/actor.ts'

type Shared = Map<string, Promise<ExecutionResult>>

/** Everything that an answer depends on, beside the event and the document. */
const keyOf = ({ operationName, variableValues }: ExecutionArgs, { userId, role }: UserActor): string =>
  JSON.stringify([operationName ?? null, variableValues ?? null, userId, role])

/**
 * Executes an event of a subscription once for all streams of the same caller that ask for the same: a hundred screens
 * that show one conversion cost as much as one. Followers hand out the same object for the same event.
 */
export const createSharedExecution = () => {
  const byEvent = new WeakMap<object, WeakMap<object, Shared>>()

  const sharedOf = (event: object, document: object): Shared => {
    const byDocument = byEvent.get(event) ?? new WeakMap<object, Shared>()
    byEvent.set(event, byDocument)
    const shared = byDocument.get(document) ?? new Map<string, Promise<ExecutionResult>>()
    byDocument.set(document, shared)
    return shared
  }

  return async (args: ExecutionArgs, actor: UserActor): Promise<ExecutionResult> => {
    const { rootValue, document } = args
    if (typeof rootValue !== 'object' || rootValue === null) return execute(args)
    const shared = sharedOf(rootValue, document)
    const key = keyOf(args, actor)
    const known = shared.get(key) ?? Promise.resolve(execute(args))
    shared.set(key, known)
    return known
  }
}
