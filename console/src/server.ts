import { QueryClient } from '@tanstack/react-query'
import { serverUrl } from './api/consolePath.ts'
import { RequestError } from './api/errors.ts'
import { createSend } from './api/send.ts'
import type { Server } from './data/context.ts'
import type { LoadClient } from './live/lazyClient.ts'
import { createObserver } from './live/observer.ts'
import { createSockets } from './live/sockets.ts'

/** Codes of requests that may succeed when they are repeated. */
const transientCodes = ['OFFLINE', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR']

const isTransient = (error: Error): boolean => error instanceof RequestError && transientCodes.includes(error.code)

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => count < 2 && isTransient(error),
        retryDelay: (attempt, error) =>
          (error instanceof RequestError && error.retryAfterSeconds !== null ? error.retryAfterSeconds : 2 ** attempt) *
          1000,
        refetchOnWindowFocus: false,
      },
      // A repeated change needs its idempotency key, which only its caller knows.
      mutations: { retry: false, networkMode: 'always' },
    },
  })

interface ServerOptions {
  /** Loads the code of the live connection. */
  loadClient: LoadClient
  /** Returns the token of the caller, another one than `rejected`. Absent: the session cookie. */
  getToken?: (rejected?: string) => Promise<string>
  /** Called when the server does not know the caller any more. True: requests are repeated. */
  onSignedOut?: () => Promise<boolean>
}

/** Creates the connections of a page to its server. */
export const createServer = ({ getToken, onSignedOut, loadClient }: ServerOptions): Server => {
  const url = serverUrl('graphql')
  const sockets = createSockets({ url, getToken, onSignedOut, loadClient })
  return { send: createSend({ url, getToken, onSignedOut }), sockets, observer: createObserver(sockets) }
}
