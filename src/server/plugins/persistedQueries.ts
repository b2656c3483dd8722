import { createHash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { createLRUCache, type Plugin } from 'graphql-yoga'
import { z } from 'zod'

/** Bounds the memory of the documents to 40 MB per process; the least recently used ones are forgotten. */
const maxDocuments = 1000
const maxDocumentLength = 20_000

const extension = z.object({ version: z.literal(1), sha256Hash: z.string() })

/** Error in the words of the protocol: the client sends the document with its hash next. Status 200, as Apollo Server. */
const createProtocolError = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status: 200 } } })

/**
 * Automatic persisted queries of Apollo, over HTTP: a client sends the SHA-256 of a document, and the document itself
 * only if the server does not know it. Documents are kept per process. They grant nothing: each is validated and
 * authorised like one that was sent.
 */
export const usePersistedQueries = (): Plugin => {
  const documents = createLRUCache<string>({ max: maxDocuments })
  return {
    onParams({ params, setParams }) {
      const parsed = extension.safeParse(params.extensions?.['persistedQuery'])
      if (!parsed.success) return
      const { sha256Hash } = parsed.data
      const query: unknown = params.query // a client may send any JSON; GraphQL Yoga refuses what is no text afterwards
      if (query == null || query === '') {
        const document = documents.get(sha256Hash)
        if (document === undefined) throw createProtocolError('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND')
        setParams({ ...params, query: document })
        return
      }
      if (typeof query !== 'string') return
      if (createHash('sha256').update(query).digest('hex') !== sha256Hash)
        throw createProtocolError('provided sha does not match query', 'PERSISTED_QUERY_HASH_MISMATCH')
      if (query.length <= maxDocumentLength) documents.set(sha256Hash, query)
    },
  }
}
