import { createContext, use } from 'react'
import type { Send } from '../api/send.ts'
import type { Observer } from '../live/observer.ts'
import type { Sockets } from '../live/sockets.ts'

/** Connections of one page to the server. */
export interface Server {
  send: Send
  sockets: Sockets
  observer: Observer
}

export const ServerContext = createContext<Server | null>(null)

export const useServer = (): Server => {
  const server = use(ServerContext)
  if (server === null) throw new Error('ServerContext has no value: render the component below its provider.')
  return server
}
