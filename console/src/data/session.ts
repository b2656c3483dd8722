import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { serverUrl } from '../api/consolePath.ts'
import { RequestError } from '../api/errors.ts'
import { SessionDocument } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import type { Send } from '../api/send.ts'
import { useServer } from './context.ts'

/** Query of who is signed in, with the settings of the server. */
export const sessionQuery = (send: Send) =>
  queryOptions({
    queryKey: keys.session,
    queryFn: ({ signal }) => send(SessionDocument, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    // Failed sign-ins do not mend themselves.
    retry: (count, error) => count < 2 && !(error instanceof RequestError && error.code === 'UNAUTHENTICATED'),
  })

/** Returns who is signed in. Suspends until the server has said so; throws RequestError if it refuses. */
export const useSession = () => {
  const { send } = useServer()
  return useSuspenseQuery(sessionQuery(send)).data
}

/** Returns a function that asks for all answers on the screen again, and follows live topics again, after a new sign-in. */
export const useReloadAll = (): (() => Promise<void>) => {
  const queryClient = useQueryClient()
  const { sockets } = useServer()
  return () => {
    sockets.resume()
    return queryClient.invalidateQueries()
  }
}

/** Returns a function that asks whether the person who has signed in is the one for whom this screen was loaded. */
export const useIsSamePerson = (): (() => Promise<boolean>) => {
  const { send } = useServer()
  const queryClient = useQueryClient()
  return async () => {
    const previous = queryClient.getQueryData(sessionQuery(send).queryKey)
    const { viewer } = await send(SessionDocument, {})
    return previous === undefined || previous.viewer.id === viewer.id
  }
}

export const usePermissions = () => {
  const { permissions } = useSession().viewer
  if (permissions === null) throw new Error('The server sent no permissions of the caller.')
  return permissions
}

const readMessage = async (response: Response): Promise<string> => {
  const body: { errors?: { message: string }[] } = await response.json().catch(() => ({}))
  return body.errors?.[0]?.message ?? `The server answered ${response.status}.`
}

const requestSession = async (method: 'POST' | 'DELETE', body?: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(serverUrl('console/session'), { method, headers, body: body && JSON.stringify(body) })
  if (response.ok) return
  throw new RequestError(await readMessage(response), {
    code: response.status === 401 ? 'UNAUTHENTICATED' : 'SIGN_IN_FAILED',
    requestId: response.headers.get('x-request-id'),
    retryAfterSeconds: Number(response.headers.get('retry-after')) || null,
  })
}

/** Exchanges the code of a sign-in link for a session cookie. Rejects with RequestError. */
export const exchangeCode = (code: string): Promise<void> => requestSession('POST', { code })

/** Ends the session of this browser. Rejects with RequestError. */
export const signOut = (): Promise<void> => requestSession('DELETE')
