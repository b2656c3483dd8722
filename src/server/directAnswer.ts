import type { IncomingMessage } from 'node:http'
import { getOperationAST } from 'graphql'
import { type FetchAPI, type GraphQLParams, processRegularResult } from 'graphql-yoga'
import type { CompressedForms } from './compression.ts'
import type { Documents, Graphql } from './graphql.ts'
import { compressedFormsOf } from './plugins/answerCache.ts'

/** Response to an operation, ready to be sent. */
export interface DirectAnswer {
  status: number
  headers: Record<string, string>
  body: string | null
  /** Compressed forms of the body, if the answer is kept. */
  compressedForms?: CompressedForms
}

type Call = Parameters<Graphql['getResultForParams']>[1]['call']

const mediaType = 'application/json'

/** Takes the place of a Response, whose body would have to be read from a stream. */
class CapturedResponse implements DirectAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | null

  constructor(body: string | null, { status, headers }: { status: number; headers: Record<string, string> }) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

const fetchApi = { Response: CapturedResponse } as unknown as FetchAPI // as: all that processRegularResult uses

/** Request as far as the plugins of GraphQL Yoga look at it. */
const request = { method: 'POST' } as Request // as: see above

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parseBody = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null // GraphQL Yoga refuses it
  }
}

/** Returns the parameters of a call without extensions and unknown fields; null for any other, also for invalid ones. */
const parseParams = (body: Buffer): (GraphQLParams & { query: string }) | null => {
  const params = parseBody(body)
  if (!isObject(params)) return null
  const { query, variables, operationName, ...others } = params
  if (typeof query !== 'string' || Object.keys(others).length > 0) return null
  if (variables !== undefined && variables !== null && !isObject(variables)) return null
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null
  return { query, variables: variables ?? undefined, operationName: operationName ?? undefined }
}

/**
 * Creates the answers to most calls: operations in a document that was parsed before, answered as application/json. They
 * pass all plugins, but no Request and Response, which cost more than small operations themselves. Resolves to null for
 * all other calls, which GraphQL Yoga answers.
 */
export const createDirectAnswers =
  (graphql: Graphql, documents: Documents) =>
  async (req: IncomingMessage, body: Buffer, call: Call): Promise<DirectAnswer | null> => {
    if (req.headers.accept !== mediaType) return null
    const params = parseParams(body)
    const document = params && documents.get(params.query)
    if (!params || !document) return null
    const type = getOperationAST(document, params.operationName)?.operation
    if (type !== 'query' && type !== 'mutation') return null
    const context = { call, request }
    const result = await graphql.getResultForParams({ params, request }, context)
    if (result === undefined) throw new Error('GraphQL Yoga returned no result.')
    const answer = processRegularResult(result, fetchApi, mediaType) as unknown as CapturedResponse // as: made by fetchApi
    const compressedForms = compressedFormsOf(result)
    return compressedForms === undefined ? answer : { ...answer, compressedForms }
  }
