import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLSchema } from 'graphql'
import type { UserActor } from '../../services/kernel/actor.ts'
import { watchActor } from '../../services/kernel/watchedActor.ts'
import { withDeadline } from '../deadline.ts'
import { shareEncoding } from '../sharedResult.ts'
import { createCallerDependence } from './callerDependence.ts'
import { toErrorResult } from './errors.ts'
import { operationLabelOf } from './rootFields.ts'
import { createTimeDependence } from './timeDependence.ts'

interface SharedExecutionOptions {
  schema: GraphQLSchema
  /** Number of the period in which signed URLs keep their text. */
  urlPeriod(): number
  /** Time that the reads of one event may take. */
  timeoutMs: number
}

interface Subscription {
  args: ExecutionArgs
  actor: UserActor
  /** Creates the context of one event, with its dataloaders. */
  createContext(actor: UserActor): object
}

interface Execution {
  key: string
  period: number
  startedAtMs: number
  execution: Promise<ExecutionResult>
  /** Result of the execution, or an error once it takes too long. */
  result: Promise<ExecutionResult>
  /** Whether the execution has read who the caller is. */
  reads: { caller: boolean }
}

/** Subscribers that need the result this soon after its execution began share the time that it may take. */
const sharedDeadlineMs = 1000

/**
 * Creates an execution that runs once per event for all subscriptions with the same operation, variables and role: a
 * thousand screens that show one conversion cost as much as one. Live subscriptions emit the same object for the same
 * event. Operations with fields that depend on the caller are shared only among the subscriptions of one caller. So are
 * those that turn out to read who the caller is, although no field declares it.
 */
export const createSharedExecution = ({ schema, urlPeriod, timeoutMs }: SharedExecutionOptions) => {
  const executionsByEvent = new WeakMap<object, WeakMap<object, Map<string, Execution>>>()
  const dependsOnCaller = createCallerDependence(schema)
  const dependsOnTime = createTimeDependence(schema)

  const executionsOf = (event: object, document: object): Map<string, Execution> => {
    const byDocument = executionsByEvent.get(event) ?? new WeakMap<object, Map<string, Execution>>()
    executionsByEvent.set(event, byDocument)
    const executions = byDocument.get(document) ?? new Map<string, Execution>()
    byDocument.set(document, executions)
    return executions
  }

  /** Returns the function that executes the events of one subscription. */
  return ({ args, actor, createContext }: Subscription): ((event: unknown) => Promise<ExecutionResult>) => {
    const { document, operationName, variableValues } = args
    const variables = JSON.stringify(variableValues ?? null)
    const keyFor = (...caller: string[]): string => JSON.stringify([operationName ?? null, variables, ...caller])
    const operation = `an event of ${operationLabelOf(document, operationName)}`
    // All texts of URLs change on whole seconds.
    const periodOf = dependsOnTime(document, operationName, variables)
      ? () => Math.floor(Date.now() / 1000)
      : () => urlPeriod()
    let isOwn = dependsOnCaller(document, operationName)
    let key = isOwn ? keyFor(actor.role, actor.userId) : keyFor(actor.role)

    const withTimeLimit = (execution: Promise<ExecutionResult>): Promise<ExecutionResult> =>
      withDeadline(execution, timeoutMs, { operation }).catch(toErrorResult)

    const start = (rootValue: unknown, period: number): Execution => {
      const reads = { caller: false }
      const watchedActor = watchActor(actor, () => {
        reads.caller = true
      })
      const execution = (async () => {
        const contextValue = createContext(isOwn ? actor : watchedActor)
        return shareEncoding(await execute({ ...args, rootValue, contextValue }))
      })()
      return { key, period, startedAtMs: performance.now(), execution, result: withTimeLimit(execution), reads }
    }

    const join = (event: object): Execution => {
      const period = periodOf()
      const executions = executionsOf(event, document)
      const known = executions.get(key)
      if (known?.period === period) {
        key = known.key // the same text once for all subscribers: it is found without comparing its letters
        return known
      }
      const started = start(event, period)
      executions.set(key, started)
      return started
    }

    const executeEvent = (event: unknown): Promise<ExecutionResult> => {
      if (typeof event !== 'object' || event === null) return start(event, 0).result
      const { startedAtMs, execution, result, reads } = join(event)
      const isRecent = performance.now() - startedAtMs < sharedDeadlineMs
      const outcome = isRecent ? result : withTimeLimit(execution)
      if (isOwn) return outcome
      return outcome.then((settled) => {
        if (!reads.caller) return settled
        isOwn = true
        key = keyFor(actor.role, actor.userId)
        return executeEvent(event)
      })
    }
    return executeEvent
  }
}
