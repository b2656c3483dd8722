import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLFormattedError,
  parse,
  validate,
} from 'graphql'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { isPlainObject } from '../../src/adapters/reading/arguments.ts'
import { schema } from '../../src/resolvers/index.ts'
import { createContext } from '../../src/schema/context.ts'
import { createAuthenticate } from '../../src/server/caller.ts'
import { withClientErrors } from '../../src/server/plugins/errors.ts'
import type { Database } from '../../src/services/kernel/ports.ts'
import { createServices } from '../../src/services/services.ts'
import type { World } from './world.ts'

export interface Operation {
  query: string
  variables?: Record<string, unknown>
}

/** Extensions that the transport reads are not sent. */
const toSentError = (error: GraphQLError): GraphQLFormattedError => {
  const { extensions, ...sent } = error.toJSON()
  const { http: _, ...sentExtensions } = extensions ?? {}
  return Object.keys(sentExtensions).length > 0 ? { ...sent, extensions: sentExtensions } : sent
}

const reads = new Set<string | symbol>(['findMany', 'findFirst', 'findFirstOrThrow', 'findUnique', 'findUniqueOrThrow'])

/** Drops the relation that only compiled reads know; the lists are loaded by statements of their own then. */
const withoutHistory = (args: unknown): unknown => {
  if (!isPlainObject(args)) return args
  const entries = Object.entries(args).filter(([name]) => name !== 'history')
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutHistory(value)]))
}

const toPlainDelegate = (delegate: object): object =>
  new Proxy(delegate, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property)
      if (typeof method !== 'function' || !reads.has(property)) return method
      return (args?: unknown) => Reflect.apply(method, target, [withoutHistory(args)])
    },
  })

const toPlainDatabase = (client: Database): Database =>
  new Proxy(client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value === 'function') return value.bind(target)
      return typeof value === 'object' && value !== null && 'findMany' in value ? toPlainDelegate(value) : value
    },
  })

const parseValid = (query: string): DocumentNode | null => {
  try {
    const document = parse(query)
    return validate(schema, document).length === 0 ? document : null
  } catch {
    return null
  }
}

const toText = ({ errors, data }: ExecutionResult): string => JSON.stringify({ errors: errors?.map(toSentError), data })

/**
 * Opens a second way to the answers of a running world: graphql-js executes each document, with services whose database
 * is Prisma's own client. It has no compiled reads, no execution plan, no cache and no server. Close it before the world.
 */
export const openPlainAnswers = ({ runtime }: World) => {
  const { config, ports, authenticator } = runtime
  const log = createLogger('silent')
  const url = config.database.type === 'url' ? config.database.appUrl : ''
  const database = toPlainDatabase(openDatabase({ url, log, compilesReads: false }))
  const services = createServices({ ...ports, database }, config)
  const authenticate = createAuthenticate(authenticator, services.users)

  return {
    database,

    /** Returns the answer as JSON; null if the document is not valid. */
    async answer(token: string, { query, variables }: Operation, requestId: string): Promise<string | null> {
      const document = parseValid(query)
      if (document === null) return null
      const { actor } = await authenticate(`Bearer ${token}`, requestId)
      const call = { actor: { ...actor, receivedAtMs: performance.now() }, requestId }
      const contextValue = createContext(services, call)
      const variableValues = variables && JSON.parse(JSON.stringify(variables))
      const result = await execute({ schema, document, variableValues, contextValue })
      return toText(withClientErrors(result, contextValue, log))
    },

    async close() {
      services.subscriptions.close()
      services.libraryChanges.close()
      services.eventLog.close()
      await database.$disconnect()
    },
  }
}
