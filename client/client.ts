import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { createClient as createSockets, type Client as Sockets } from 'graphql-ws'
import { Upload } from 'tus-js-client'
import { WebSocket } from 'ws'

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

export interface ResponseFault {
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
  readonly errors: readonly ResponseFault[]

  constructor(status: number, errors: readonly ResponseFault[]) {
    super(errors.map(({ message }) => message).join('; '))
    this.status = status
    this.errors = errors
  }
}

export interface ClientOptions {
  /** `http://127.0.0.1:4000/graphql` */
  url: string
  token: string
}

export const createClient = ({ url, token }: ClientOptions): Client => {
  const authorization = `Bearer ${token}`
  let sockets: Sockets | null = null

  const socketsOf = (): Sockets => {
    sockets ??= createSockets({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      lazy: true,
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
      const answer = (await response.json()) as { data: never; errors?: ResponseFault[] }
      if (answer.errors !== undefined) throw new ResponseError(response.status, answer.errors)
      return answer.data
    },

    async *follow<Result, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Result, Variables>,
      variables: Variables,
    ) {
      const events = socketsOf().iterate<Result>({ query: print(document), variables })
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
    const { 'Tus-Resumable': _version, ...own } = headers
    const upload = new Upload(bytes as Buffer, {
      uploadUrl: target.url,
      uploadSize: options.sizeBytes,
      chunkSize: options.chunkSize ?? Number.POSITIVE_INFINITY,
      headers: own,
      retryDelays: [0, 500, 1000, 2000],
      onProgress: (sent) => options.onProgress?.(sent),
      onSuccess: () => resolve(),
      onError: reject,
    })
    upload.start()
  })
