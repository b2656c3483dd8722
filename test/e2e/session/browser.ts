import { request } from 'node:http'
import { WebSocket } from 'ws'
import { createSignInCode } from '../../../src/services/session/signInCodes.ts'
import type { World } from '../../harness/world.ts'

/** Creates the code of a sign-in link. */
export const createCode = (world: World, person: { name?: string; role?: 'VIEWER' | 'EDITOR' | 'ADMIN' } = {}) => {
  const { name = 'Ada', role = 'EDITOR' } = person
  return createSignInCode(world.runtime.ports.database, { externalId: name.toLowerCase(), name, role })
}

type Headers = Record<string, string | undefined>

/** Sends a request as a page of the server does, unless `headers` say otherwise; undefined removes one. */
export const send = (
  world: World,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Headers; body?: object } = {},
): Promise<Response> => {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const all = { origin: world.origin, accept: 'application/json', ...json, ...headers }
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return fetch(world.origin + path, { method, headers: sent, body: body && JSON.stringify(body), redirect: 'manual' })
}

/** Exchanges a code for a session. */
export const exchange = (world: World, code: string, headers: Headers = {}): Promise<Response> =>
  send(world, 'POST', '/console/session', { headers, body: { code } })

/** Returns the cookies that a response sets, as the browser sends them: `name=value`. */
export const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .join('; ')

/** Signs in by a link. Returns the header Cookie of the browser. */
export const signIn = async (world: World, person?: Parameters<typeof createCode>[1]): Promise<string> =>
  cookiesOf(await exchange(world, await createCode(world, person)))

export interface Answer {
  status: number
  viewer?: { name: string; role: string }
  code?: string
}

/** Asks who the caller is. */
export const askViewer = async (world: World, headers: Headers): Promise<Answer> => {
  const response = await send(world, 'POST', '/graphql', { headers, body: { query: '{ viewer { name role } }' } })
  return readAnswer(response)
}

export const readAnswer = async (response: Response): Promise<Answer> => {
  const { data, errors } = JSON.parse(await response.text())
  return { status: response.status, viewer: data?.viewer, code: errors?.[0]?.extensions.code }
}

/** Asks the same over GET. `fetch` would set headers of its own that only browsers are to set. */
export const askViewerByGet = (world: World, headers: Record<string, string>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const url = `${world.graphqlUrl}?query=${encodeURIComponent('{ viewer { name role } }')}`
    request(url, { headers: { accept: 'application/json', ...headers } }, (res) => {
      res
        .setEncoding('utf8')
        .toArray()
        .then((chunks) => readAnswer(new Response(chunks.join(''), { status: res.statusCode })))
        .then(resolve, reject)
    })
      .on('error', reject)
      .end()
  })

interface SocketEvents {
  socket: WebSocket
  /** Messages so far, parsed. */
  messages: { type: string; payload?: unknown }[]
  acknowledged: Promise<void>
  closed: Promise<{ code: number; reason: string }>
}

/** Opens a socket and sends `connection_init`. Rejects with the status if the upgrade is refused. */
export const openSocket = async (
  world: World,
  headers: Record<string, string>,
  payload?: object,
): Promise<SocketEvents> => {
  const socket = new WebSocket(world.graphqlUrl.replace('http', 'ws'), 'graphql-transport-ws', { headers })
  const [acknowledged, closed] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<{ code: number; reason: string }>(),
  ]
  const messages: SocketEvents['messages'] = []
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    messages.push(message)
    if (message.type === 'connection_ack') acknowledged.resolve()
  })
  socket.on('close', (code, reason) => closed.resolve({ code, reason: String(reason) }))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  return { socket, messages, acknowledged: acknowledged.promise, closed: closed.promise }
}
