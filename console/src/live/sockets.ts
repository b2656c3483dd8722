import type { TypedDocumentString } from '../api/generated/documents.ts'
import { createLazyClient, type LoadClient } from './lazyClient.ts'

/** State of the live connection. `polling` means that sockets fail while the server may still answer requests. */
export type Connection = 'idle' | 'connected' | 'polling' | 'offline'

export interface Sink<Data> {
  next(data: Data): void
  /** The subscription is gone and does not return by itself, for example because the server refused it. */
  fail(error: unknown): void
  /** The server has nothing more to send. */
  complete?(): void
}

export interface Sockets {
  /** Subscribes until the returned function is called. Lost connections are restored, and the document is sent again. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void
  connection(): Connection
  /** Calls the listener after each change of the connection; returns a function that removes it. */
  onConnection(listener: (connection: Connection, previous: Connection) => void): () => void
  /** Calls the listener after each lost connection that was restored; returns a function that removes it. */
  onRestored(listener: () => void): () => void
  /** Sends the documents again whose subscriptions ended with the session, after a new sign-in. */
  resume(): void
  /** Closes the sockets, and forgets what was subscribed. */
  close(): void
}

interface SocketsOptions {
  url: string
  loadClient: LoadClient
  /** Returns the token of the caller, another one than `rejected`. Absent: the browser sends the session cookie. */
  getToken?: (rejected?: string) => Promise<string>
  /** Called when the server does not know the caller any more. */
  onSignedOut?: () => Promise<boolean>
}

/** Failed attempts in a row after which the console asks by requests instead. */
const maxFailures = 3
const maxDelayMs = 30_000

/** Codes with which the server closes a socket whose caller it does not know: see ARCHITECTURE.md. */
const signedOutCodes: readonly unknown[] = [4401, 4403]
const tokenExpiredCode = 4403

const closeCodeOf = (event: unknown): unknown => (event instanceof CloseEvent ? event.code : undefined)

export const createSockets = ({ url, getToken, onSignedOut, loadClient }: SocketsOptions): Sockets => {
  const listeners = new Set<(connection: Connection, previous: Connection) => void>()
  const restoredListeners = new Set<() => void>()
  let connection: Connection = 'idle'
  let isLost = false
  let failures = 0
  let token: string | undefined
  let rejectedToken: string | undefined

  /** Whether a new attempt is of no use until the person has signed in again. */
  const isSignedOut = (code: unknown): boolean =>
    signedOutCodes.includes(code) && !(code === tokenExpiredCode && getToken !== undefined)
  /** Subscriptions that ended with the session, as functions that begin them again. */
  let suspended = new Set<() => void>()

  const change = (next: Connection): void => {
    if (next === connection) return
    const previous = connection
    connection = next
    // A listener may add others, which learn of later changes only.
    for (const listener of [...listeners]) listener(next, previous)
  }

  const client = createLazyClient(loadClient, {
    url: url.replace(/^http/, 'ws'),
    connectionParams:
      getToken &&
      (async () => {
        token = await getToken(rejectedToken)
        return { authorization: `Bearer ${token}` }
      }),
    lazy: true,
    keepAlive: 15_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !isSignedOut(closeCodeOf(event)),
    retryWait: async (attempt) => {
      const delayMs = Math.min(maxDelayMs, 500 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2)
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, delayMs)
      const online = () => resolve()
      addEventListener('online', online)
      await promise
      removeEventListener('online', online)
      clearTimeout(timer)
    },
    on: {
      connected: () => {
        failures = 0
        change('connected')
        const wasLost = isLost
        isLost = false
        if (wasLost) for (const listener of [...restoredListeners]) listener()
      },
      closed: (event) => {
        if (closeCodeOf(event) === tokenExpiredCode) rejectedToken = token
        if (isSignedOut(closeCodeOf(event))) void onSignedOut?.()
        failures += 1
        isLost = closeCodeOf(event) !== 1000
        if (!isLost) change('idle')
        else if (failures >= maxFailures) change(navigator.onLine ? 'polling' : 'offline')
        else if (!navigator.onLine) change('offline')
      },
    },
  })

  const showOffline = () => change('offline')
  // The next attempt to connect says whether sockets work.
  const showOnline = () => void (connection === 'offline' && change('polling'))
  addEventListener('offline', showOffline)
  addEventListener('online', showOnline)

  return {
    subscribe(document, variables, sink) {
      let isOpen = true
      let stop = (): void => undefined
      const begin = (): void => {
        stop = client.subscribe<never>(
          { query: document.toString(), variables },
          {
            next: ({ data, errors }) => {
              if (errors !== undefined) {
                isOpen = false
                stop()
                sink.fail(errors)
              } else if (data != null) sink.next(data)
            },
            error: (error) => {
              if (!isOpen) return
              if (getToken === undefined && isSignedOut(closeCodeOf(error))) suspended.add(begin)
              else sink.fail(error)
            },
            complete: () => {
              if (isOpen) sink.complete?.()
            },
          },
        )
      }
      begin()
      return () => {
        isOpen = false
        suspended.delete(begin)
        stop()
      }
    },
    connection: () => connection,
    onConnection(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onRestored(listener) {
      restoredListeners.add(listener)
      return () => void restoredListeners.delete(listener)
    },
    resume() {
      const topics = suspended
      suspended = new Set()
      for (const begin of topics) begin()
    },
    close() {
      removeEventListener('offline', showOffline)
      removeEventListener('online', showOnline)
      listeners.clear()
      restoredListeners.clear()
      void client.dispose()
    },
  }
}
