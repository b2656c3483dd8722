import type { IncomingMessage } from 'node:http'
import type { Logger } from '../services/kernel/ports.ts'
import { type AddressOf, isForwardIgnored } from './clientAddress.ts'

/** Maximum numbers of sockets and event streams that are open at the same time, per process; 0 means unlimited. */
export interface ConnectionLimitSettings {
  perUser: number
  perAddress: number
}

interface ConnectionLimitsOptions extends ConnectionLimitSettings {
  addressOf: AddressOf
  log: Logger
}

/** Gives a place back. Only the first call counts. */
type Release = () => void

export interface ConnectionLimits {
  /** Takes a place for a connection of a user, until it is released. Returns null if none is left. */
  takeUser(userId: string, req: IncomingMessage): Release | null
  /** Takes a place for a connection from a client's address, until it is released. Returns null if none is left. */
  takeAddress(req: IncomingMessage): Release | null
  /** Takes both places of an event stream, or none. */
  takeStream(userId: string, req: IncomingMessage): Release | null
}

/** After how many seconds a refused client may try again: others have to disconnect first. */
export const connectionRetrySeconds = 30

const createPlaces = (max: number) => {
  const counts = new Map<string, number>()

  return (key: string): Release | null => {
    const count = counts.get(key) ?? 0
    if (max > 0 && count >= max) return null
    counts.set(key, count + 1)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      const remaining = (counts.get(key) ?? 1) - 1
      if (remaining === 0) counts.delete(key)
      else counts.set(key, remaining)
    }
  }
}

/** Interval of warnings about the refusals of one limit. */
const warningIntervalMs = 60_000

const forwardHint =
  'The header X-Forwarded-For of this peer does not count. If the peer is your reverse proxy, add its address to TRUSTED_PROXIES.'

/** Creates a function that logs the refusals of one limit, at most once a minute, with their number since the last time. */
const createReport = (limit: keyof ConnectionLimitSettings, { addressOf, log }: ConnectionLimitsOptions) => {
  let refusals = 0
  let lastMs = Number.NEGATIVE_INFINITY
  return (req: IncomingMessage): void => {
    refusals += 1
    if (performance.now() - lastMs < warningIntervalMs) return
    const hint = isForwardIgnored(req, addressOf) ? { hint: forwardHint } : {}
    log.warn({ limit, address: addressOf(req), refusals, ...hint }, 'Refused connections, because too many are open.')
    refusals = 0
    lastMs = performance.now()
  }
}

/** Creates the count of open connections. It is kept per process, because it protects the memory of the process. */
export const createConnectionLimits = (options: ConnectionLimitsOptions): ConnectionLimits => {
  const { perUser, perAddress, addressOf } = options
  const [takeUserPlace, takeAddressPlace] = [createPlaces(perUser), createPlaces(perAddress)]
  const [reportUser, reportAddress] = [createReport('perUser', options), createReport('perAddress', options)]

  const takeUser: ConnectionLimits['takeUser'] = (userId, req) => {
    const release = takeUserPlace(userId)
    if (release === null) reportUser(req)
    return release
  }
  const takeAddress: ConnectionLimits['takeAddress'] = (req) => {
    const release = takeAddressPlace(addressOf(req))
    if (release === null) reportAddress(req)
    return release
  }
  return {
    takeUser,
    takeAddress,
    takeStream(userId, req) {
      const releaseUser = takeUser(userId, req)
      if (releaseUser === null) return null
      const releaseAddress = takeAddress(req)
      if (releaseAddress === null) {
        releaseUser()
        return null
      }
      return () => {
        releaseUser()
        releaseAddress()
      }
    },
  }
}
