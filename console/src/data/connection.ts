import { useSyncExternalStore } from 'react'
import type { Connection } from '../live/sockets.ts'
import { useServer } from './context.ts'

export const useConnection = (): Connection => {
  const { sockets } = useServer()
  return useSyncExternalStore(sockets.onConnection, sockets.connection)
}

/** Interval at which live answers are asked for again while sockets fail; false while they work. */
export const usePollInterval = (): number | false => (useConnection() === 'polling' ? 5000 : false)
