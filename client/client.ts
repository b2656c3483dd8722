import { setTimeout as wait } from 'node:timers/promises'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { createClient as createSockets, type Client as Sockets } from 'graphql-ws'
import { Upload } from 'tus-js-client'
import { WebSocket } from 'ws'
import { EventsDocument, FollowEventsDocument, type LogEntryFragment } from './generated/documents.ts'

/** A client as a frontend team would write it: typed documents over HTTP and WebSocket, bytes over tus. */
export interface Client {
  /** Rejects with ResponseError where the answer holds errors. A mutation may be repeated under the same key: it runs once. */
  send<Result, Variables>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    options?: { idempotencyKey?: string },
  ): Promise<Result>
  /** Ends with the subscription; leaving the loop unsubscribes. */
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
  /** How often a lost socket is opened anew; its subscriptions then begin anew, with the variables that they began with. */
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
      // The shape is what the typed document promises, once there are no errors.
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
  /** A client for the next attempt, of this server or another one; made without `retryAttempts`. */
  connect(): Client | Promise<Client>
  /** Cursor of the last row that was dealt with; absent: from now on. */
  after?: string | null
  actions?: string[]
  nodeId?: string
  retryDelayMs?: number
}

const permanentCodes = new Set(['FORBIDDEN', 'INVALID_INPUT', 'UNAUTHENTICATED'])

/** The socket's library throws the list of an error message as it is. */
const errorsOf = (error: unknown): readonly GraphqlErrorEntry[] => {
  if (error instanceof ResponseError) return error.errors
  return Array.isArray(error) ? error : []
}

/** A refusal stays one; whatever else ends a stream (a socket, a server, a bug) passes. */
const isPermanent = (error: unknown): boolean =>
  errorsOf(error).some(({ extensions }) => permanentCodes.has(extensions?.code ?? ''))

/** Where the log ends now: what comes after it is what happens from here on. */
export const readNewestCursor = async (client: Client, retryDelayMs = 100): Promise<string> => {
  for (;;) {
    const { events } = await client.send(EventsDocument, { first: 1 })
    const cursor = events.edges[0]?.node.cursor
    if (cursor != null) return cursor
    await wait(retryDelayMs) // the newest row is numbered in a moment
  }
}

/** Follows the log without end: when it is cut off it goes on after the last row that it handed out. */
export async function* followEvents(options: FollowEventsOptions): AsyncGenerator<LogEntryFragment> {
  const { connect, actions, nodeId, retryDelayMs = 100 } = options
  let after = options.after ?? null
  for (;;) {
    const client = await connect()
    try {
      after ??= await readNewestCursor(client, retryDelayMs)
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

/** Sends bytes to a ticket's target, from the offset that the server has reached. */
export const sendBytes = (
  target: UploadTarget,
  bytes: Buffer | NodeJS.ReadableStream,
  options: { sizeBytes: number; chunkSize?: number; onProgress?: (sentBytes: number) => void },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
    // tus-js-client speaks the protocol's version itself.
    const { 'Tus-Resumable': _version, ...uploadHeaders } = headers
    const upload = new Upload(bytes as Buffer, {
      uploadUrl: target.url,
      uploadSize: options.sizeBytes,
      chunkSize: options.chunkSize ?? Number.POSITIVE_INFINITY,
      headers: uploadHeaders,
      retryDelays: [0, 500, 1000, 2000],
      onProgress: (sent) => options.onProgress?.(sent),
      onSuccess: () => resolve(),
      onError: reject,
    })
    upload.start()
  })
