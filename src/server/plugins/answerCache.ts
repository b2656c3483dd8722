import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { UserActor } from '../../services/kernel/actor.ts'
import type { CompressedForms } from '../compression.ts'
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
  /** That text as it was sent in content codings. */
  compressedForms: CompressedForms
}

/** Looks for known answers that are judged together: they pay if one in so many finds one. */
const lookCount = 64
const looksPerHit = 4
/** While they do not pay, only every so many queries look: others write steadily. */
const probeInterval = 32

/** Approximate size of an entry apart from its texts. */
const entryBytes = 200
/** Bytes of a result per character: two of the text, and those of its compressed forms. */
const bytesPerCharacter = 2.5

/** Result whose JSON is known; GraphQL Yoga sends that text. Its data is parsed for transports that need them. */
const toResult = (answer: Answer): ExecutionResult => {
  const { text } = answer
  const result: ExecutionResult = {}
  Object.defineProperty(result, 'data', { enumerable: true, get: () => (JSON.parse(text) as ExecutionResult).data }) // as: stored from one
  return withText(result, answer)
}

const withText = (result: ExecutionResult, { text, compressedForms }: Answer): ExecutionResult =>
  Object.defineProperties(result, { stringify: { value: () => text }, compressedForms: { value: compressedForms } })

/** Returns the compressed forms of a result that is kept; undefined for any other. */
export const compressedFormsOf = (result: object): CompressedForms | undefined =>
  (result as { compressedForms?: CompressedForms }).compressedForms // as: see withText

/** Watches whether looking for known answers pays. */
const createProbe = () => {
  let [hitCount, staleCount, skippedCount] = [0, 0, 0]
  let isPaused = false
  return {
    isDue: (): boolean => !isPaused || ++skippedCount % probeInterval === 0,
    /** Notes that an answer was found, or one that is out of date. */
    record(isHit: boolean): void {
      if (isHit) hitCount += 1
      else staleCount += 1
      if (isPaused ? !isHit : hitCount + staleCount < lookCount) return
      isPaused = !isPaused && hitCount * looksPerHit < lookCount
      hitCount = 0
      staleCount = 0
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
    sizeCalculation: ({ text }, key) => Math.ceil(entryBytes + 2 * key.length + bytesPerCharacter * text.length),
  })
  const dependsOnTime = createTimeDependence(schema)
  const probe = createProbe()
  let lastState: string | null = null

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
      lastState = state
      if (known !== undefined) probe.record(known.state === state)
      if (known?.state === state) return toResult(known)
      const result = await run()
      if (known === undefined && lastState !== state) probe.record(false) // out of date before it is kept
      if (isAsyncIterable(result) || result.errors !== undefined) return result
      const answer = { state, text: JSON.stringify(result), compressedForms: new Map() }
      answers.set(key, answer)
      return withText(result, answer)
    }

  return maxBytes === 0 ? {} : { onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(withAnswers(executeFn)) }
}
