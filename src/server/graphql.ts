import { randomUUID } from 'node:crypto'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { createLRUCache, createYoga, type YogaServerInstance } from 'graphql-yoga'
import type { Idempotency } from '../services/idempotency/idempotency.ts'
import type { Logger } from '../services/kernel/ports.ts'
import type { RateLimits } from '../services/rateLimit/rateLimits.ts'
import { type Deadlines, defaultDeadlines } from './deadline.ts'
import { type AnswerCacheOptions, useAnswerCache } from './plugins/answerCache.ts'
import { useCostLimit } from './plugins/cost.ts'
import { type DeadlineCall, useDeadline } from './plugins/deadline.ts'
import { toClientError, useClientErrors, withClientErrors } from './plugins/errors.ts'
import { type IdempotentCall, useIdempotency } from './plugins/idempotency.ts'
import { createLimitPlugins, limits } from './plugins/limits.ts'
import { type SubscriptionCall, usePerEventContext } from './plugins/perEventContext.ts'
import { usePersistedQueries } from './plugins/persistedQueries.ts'
import { usePlannedExecution } from './plugins/plannedExecution.ts'
import { useRateLimits } from './plugins/rateLimit.ts'
import { createSharedExecution } from './plugins/sharedExecution.ts'
import { useNoSuggestions } from './plugins/suggestions.ts'

/** Data of an operation that its transport provides. */
interface Call extends IdempotentCall, DeadlineCall, SubscriptionCall {
  requestId: string
}

export interface GraphqlOptions {
  schema: GraphQLSchema
  createContext(call: Call): object
  rateLimits: RateLimits
  idempotency: Idempotency
  introspection: boolean
  graphiql: boolean
  answerCache: Pick<AnswerCacheOptions, 'maxBytes' | 'readState' | 'urlPeriod'>
  /** Parsed documents by their texts. */
  documents: Documents
  log: Logger
  deadlines?: Deadlines
}

export type Documents = ReturnType<typeof createDocuments>

/** Creates a cache of the documents that clients send: the 1,024 that were used last. */
export const createDocuments = () => createLRUCache<DocumentNode>()

export type Graphql = YogaServerInstance<{ call: Call }, object>

const welcomeQuery = `# Welcome to Mediagraph. Set your token under "Headers" below. Create one with: npm run token
{
  viewer { name role }
  mediaList(first: 5) { nodes { id title kind status thumbnailUrl } }
}
`

export const createGraphql = (options: GraphqlOptions): Graphql => {
  const { schema, createContext, rateLimits, idempotency, introspection, graphiql, log } = options
  const { deadlines = defaultDeadlines } = options
  const { urlPeriod } = options.answerCache
  const callOf = (context: object): Call => (context as { call: Call }).call // as: set by the transport

  /** Converts an error thrown outside an execution: there is no result to contain it, so the whole request fails. */
  const toRequestError = (error: unknown, requestId: string): Error => {
    const clientError = toClientError(error, { log, requestId })
    if (clientError !== error && clientError.extensions['code'] === 'INTERNAL_SERVER_ERROR')
      clientError.extensions['http'] = { status: 500 }
    return clientError
  }

  return createYoga<{ call: Call }, object>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    logging: false,
    graphiql: graphiql && {
      title: 'Mediagraph',
      defaultQuery: welcomeQuery,
      headers: '{ "Authorization": "Bearer " }',
      shouldPersistHeaders: false,
    },
    renderGraphiQL,
    maxRequestBodySize: limits.bodyBytes,
    parserAndValidationCache: { documentCache: options.documents },
    context({ call }) {
      try {
        return createContext(call)
      } catch (error) {
        throw toRequestError(error, call.requestId)
      }
    },
    // Last resort: errors that useClientErrors, which knows the request, has converted pass unchanged.
    maskedErrors: { maskError: (error) => toRequestError(error, randomUUID()) },
    plugins: [
      usePlannedExecution(),
      usePersistedQueries(),
      ...createLimitPlugins({ introspection }),
      useClientErrors(log),
      ...(introspection ? [] : [useNoSuggestions()]),
      useRateLimits(rateLimits, (context) => callOf(context).actor),
      useCostLimit(),
      // After all plugins that refuse, so that only operations that run claim their key.
      useIdempotency(idempotency, callOf),
      usePerEventContext({
        createContext,
        callOf,
        openExecution: createSharedExecution({ schema, urlPeriod, timeoutMs: deadlines.queryMs }),
      }),
      useAnswerCache({ ...options.answerCache, schema, actorOf: (context) => callOf(context).actor }),
      // Last, so that it limits the time of everything that the other plugins run.
      useDeadline(callOf, deadlines, (result, context) => withClientErrors(result, context, log)),
    ],
  })
}
