import { RequestError } from './errors.ts'
import type { TypedDocumentString } from './generated/documents.ts'

export interface SendOptions {
  signal?: AbortSignal
  /** A mutation that is repeated with the same key runs once. */
  idempotencyKey?: string
}

/** Sends a document and resolves to its data. Rejects with RequestError unless all of it was answered. */
export type Send = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options?: SendOptions,
) => Promise<Data>

interface GraphqlErrorEntry {
  message: string
  extensions?: {
    code?: string
    requestId?: string
    retryAfterSeconds?: number
    fields?: { path: string; message: string }[]
  }
}

interface Answer<Data> {
  data?: Data | null
  errors?: GraphqlErrorEntry[]
}

interface SendSetup {
  url: string
  /** Returns the token of the caller, another one than `rejected`. Absent: the browser sends the session cookie. */
  getToken?: (rejected?: string) => Promise<string>
  /** Called when the server does not know the caller any more. True: the caller has signed in again, so the request is repeated. */
  onSignedOut?: () => Promise<boolean>
}

const toRequestError = ({ message, extensions = {} }: GraphqlErrorEntry, requestId: string | null): RequestError =>
  new RequestError(message, {
    code: extensions.code ?? 'INTERNAL_SERVER_ERROR',
    requestId: extensions.requestId ?? requestId,
    retryAfterSeconds: extensions.retryAfterSeconds ?? null,
    fields: extensions.fields,
  })

const parseAnswer = async <Data>(response: Response): Promise<Answer<Data>> => {
  try {
    return await response.json()
  } catch (cause) {
    throw new RequestError(`The server answered ${response.status} without JSON.`, {
      cause,
      code: 'INTERNAL_SERVER_ERROR',
      requestId: response.headers.get('x-request-id'),
      retryAfterSeconds: Number(response.headers.get('retry-after')) || null,
    })
  }
}

export const createSend = ({ url, getToken, onSignedOut }: SendSetup): Send => {
  const request = async (body: string, { signal, idempotencyKey }: SendOptions, token: string | undefined) => {
    const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
    const credentials = token === undefined ? 'same-origin' : 'omit'
    try {
      return await fetch(url, { method: 'POST', headers, body, signal, credentials })
    } catch (cause) {
      if (signal?.aborted) throw cause
      const message = 'The server does not answer. Check the connection and try again.'
      throw new RequestError(message, { cause, code: 'OFFLINE', requestId: null, retryAfterSeconds: null })
    }
  }

  const send: Send = async (document, variables, options = {}) => {
    const body = JSON.stringify({ query: document.toString(), variables })
    const token = await getToken?.()
    let response = await request(body, options, token)
    if (response.status === 401 && getToken !== undefined)
      response = await request(body, options, await getToken(token))
    const { data, errors } = await parseAnswer<Awaited<ReturnType<typeof JSON.parse>>>(response)
    const [error] = errors ?? []
    if (error === undefined && data != null) return data
    const requestError = toRequestError(
      error ?? { message: 'The answer is empty.' },
      response.headers.get('x-request-id'),
    )
    if (requestError.code === 'UNAUTHENTICATED' && (await onSignedOut?.())) return send(document, variables, options)
    throw requestError
  }
  return send
}
