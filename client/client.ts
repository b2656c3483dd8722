import { setTimeout as wait } from 'node:timers/promises'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { createClient as createSockets, type Client as Sockets } from 'graphql-ws'
import { Upload } from 'tus-js-client'
import { WebSocket } from 'ws'
import { EventFeedDocument, FollowEventsDocument, type LogEntryFragment } from './generated/documents.ts'

/** Typed client as a frontend team would write it: documents over HTTP and WebSocket, bytes over tus. */
export interface Client {
  /** Rejects with ResponseError if the response holds errors. A mutation repeated with the same `idempotencyKey` runs once. */
  send<Result, Variables>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    options?: { idempotencyKey?: string },
  ): Promise<Result>
  /** Iterates over the events of a subscription until it ends. Leaving the loop unsubscribes. */
  follow<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): AsyncIterableIterator<Result>
  close(): Promise<void>
}

export interface GraphqlErrorEntry {
  message: string
  extensions?: {
    code?: string
    fields?: { path: string; message: string }[]
    requestId?: string
    retryAfterSeconds?: number
  }
}

export class ResponseError extends Error {
  readonly status: number
  readonly errors: readonly GraphqlErrorEntry[]

  constructor(status: number, errors: readonly GraphqlErrorEntry[]) {
    super(errors.map(({ message }) => message).join('; '))
    this.status = status
    this.errors = errors
  }
}

export interface ClientOptions {
  /** `http://127.0.0.1:4000/graphql` */
  url: string
  token: string
  /** Maximum number of attempts to reopen a lost socket. Its subscriptions then start again with their original variables. */
  retryAttempts?: number
}

export const createClient = ({ url, token, retryAttempts = 5 }: ClientOptions): Client => {
  const authorization = `Bearer ${token}`
  let sockets: Sockets | null = null

  const getSockets = (): Sockets => {
    sockets ??= createSockets({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      lazy: true,
      retryAttempts,
    })
    return sockets
  }

  return {
    async send(document, variables, { idempotencyKey } = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/json',
          accept: 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify({ query: print(document), variables }),
      })
      // Without errors, the data has the shape that the typed document promises.
      const result = (await response.json()) as { data: never; errors?: GraphqlErrorEntry[] }
      if (result.errors !== undefined) throw new ResponseError(response.status, result.errors)
      return result.data
    },

    async *follow<Result, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Result, Variables>,
      variables: Variables,
    ) {
      const events = getSockets().iterate<Result>({ query: print(document), variables })
      for await (const { data, errors } of events) {
        if (errors !== undefined) throw new ResponseError(200, errors)
        if (data != null) yield data
      }
    },

    async close() {
      await sockets?.dispose()
    },
  }
}

export interface FollowEventsOptions {
  /** Creates a client for the next attempt, for the same server or another one. Create it with `retryAttempts: 0`. */
  connect(): Client | Promise<Client>
  /** Cursor of the last event that was processed. Absent: starts with the next event. */
  after?: string | null
  actions?: string[]
  nodeId?: string
  retryDelayMs?: number
}

const permanentCodes = new Set(['FORBIDDEN', 'INVALID_INPUT', 'UNAUTHENTICATED'])

/** Extracts GraphQL errors. graphql-ws throws the list of an `error` message as it is. */
const errorsOf = (error: unknown): readonly GraphqlErrorEntry[] => {
  if (error instanceof ResponseError) return error.errors
  return Array.isArray(error) ? error : []
}

/** Whether an error is permanent. Refusals are; a lost socket, a server restart or a bug is worth a retry. */
const isPermanent = (error: unknown): boolean =>
  errorsOf(error).some(({ extensions }) => permanentCodes.has(extensions?.code ?? ''))

/** Reads the present end of the log: every event that is committed later follows after it. */
export const readEndCursor = async (client: Client): Promise<string> =>
  (await client.send(EventFeedDocument, { after: 'now' })).eventFeed.endCursor

/** Follows the audit log without end. After a disconnect it resumes after the last event that it yielded. */
export async function* followEvents(options: FollowEventsOptions): AsyncGenerator<LogEntryFragment> {
  const { connect, actions, nodeId, retryDelayMs = 100 } = options
  let after = options.after ?? null
  for (;;) {
    const client = await connect()
    try {
      after ??= await readEndCursor(client)
      for await (const { events } of client.follow(FollowEventsDocument, { after, actions, nodeId })) {
        yield events
        after = events.cursor ?? after
      }
    } catch (error) {
      if (isPermanent(error)) throw error
    } finally {
      await client.close()
    }
    await wait(retryDelayMs)
  }
}

export interface UploadTarget {
  url: string
  headers: readonly { name: string; value: string }[]
}

/** Sends bytes to the target of an upload, starting at the offset that the server has reached. */
export const sendBytes = (
  target: UploadTarget,
  bytes: Buffer | NodeJS.ReadableStream,
  options: { sizeBytes: number; chunkSize?: number; onProgress?: (sentBytes: number) => void },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
    // tus-js-client sends the protocol version itself.
    const { 'Tus-Resumable': _version, ...uploadHeaders } = headers
    const upload = new Upload(bytes as Buffer, {
      uploadUrl: target.url,
      uploadSize: options.sizeBytes,
      chunkSize: options.chunkSize ?? Number.POSITIVE_INFINITY,
      headers: uploadHeaders,
      retryDelays: [0, 500, 1000, 2000],
      onProgress: (sentBytes) => options.onProgress?.(sentBytes),
      onSuccess: () => resolve(),
      onError: reject,
    })
    upload.start()
  })
