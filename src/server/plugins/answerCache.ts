import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { UserActor } from '../../services/kernel/actor.ts'
import { createTimeDependence } from './timeDependence.ts'

export interface AnswerCacheOptions {
  schema: GraphQLSchema
  /** 0 turns the cache off. */
  maxBytes: number
  /** Returns a text that changes with every commit; see `DatabaseState`. */
  readState(): Promise<string>
  /** Number of the period in which signed URLs keep their text. */
  urlPeriod(): number
  actorOf(context: object): UserActor
}

interface Answer {
  state: string
  /** Result as JSON. */
  text: string
}

/** After so many misses without a hit, only every so many queries look for a known answer: others write steadily. */
const maxMisses = 64
const probeInterval = 32

/** Approximate size of an entry apart from its texts. */
const entryBytes = 200

/** Result whose JSON is known; GraphQL Yoga sends that text. Its data is parsed for transports that need them. */
const toResult = (text: string): ExecutionResult => {
  const result: ExecutionResult = {}
  Object.defineProperty(result, 'data', { enumerable: true, get: () => (JSON.parse(text) as ExecutionResult).data }) // as: stored from one
  return withText(result, text)
}

const withText = (result: ExecutionResult, text: string): ExecutionResult =>
  Object.defineProperty(result, 'stringify', { value: () => text })

/** Watches whether looking for known answers pays. */
const createProbe = () => {
  let missCount = 0
  return {
    isDue: (): boolean => missCount < maxMisses || ++missCount % probeInterval === 0,
    record(isHit: boolean): void {
      if (isHit) missCount = 0
      else if (missCount < maxMisses) missCount += 1
    },
  }
}

/**
 * Gives queries the result that they had before, as long as nothing at all was committed in the
 * database since just before that result was computed. Each caller and role has entries of its own. Results with errors,
 * and those that depend on the time, are not kept.
 */
export const useAnswerCache = ({ schema, maxBytes, readState, urlPeriod, actorOf }: AnswerCacheOptions): Plugin => {
  const answers = new LRUCache<string, Answer>({
    maxSize: maxBytes || 1,
    sizeCalculation: ({ text }, key) => entryBytes + 2 * (key.length + text.length),
  })
  const dependsOnTime = createTimeDependence(schema)
  const probe = createProbe()

  /** Returns null for operations whose results are not kept. */
  const keyOf = (args: ExecutionArgs): string | null => {
    const { document, operationName, variableValues } = args
    const source = document.loc?.source.body
    if (source === undefined || getOperationAST(document, operationName)?.operation !== 'query') return null
    const variables = JSON.stringify(variableValues ?? {})
    if (dependsOnTime(document, operationName, variables)) return null
    const { userId, role } = actorOf(args.contextValue as object) // as: created by createContext
    return `${JSON.stringify([userId, role, urlPeriod(), operationName ?? null])}${variables}${source}`
  }

  const withAnswers =
    (execute: (args: ExecutionArgs) => unknown) =>
    async (args: ExecutionArgs): Promise<ExecutionResult> => {
      const run = async () => (await execute(args)) as ExecutionResult // as: what executes a query
      const key = probe.isDue() ? keyOf(args) : null
      const state = key && (await readState().catch(() => null)) // the query itself reports an outage
      if (key === null || state === null) return run()
      const known = answers.get(key)
      const isHit = known?.state === state
      probe.record(isHit)
      if (isHit) return toResult(known.text)
      const result = await run()
      if (isAsyncIterable(result) || result.errors !== undefined) return result
      const text = JSON.stringify(result)
      answers.set(key, { state, text })
      return withText(result, text)
    }

  return maxBytes === 0 ? {} : { onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(withAnswers(executeFn)) }
}
