/** Maximum numbers of sockets and event streams that are open at the same time, per process; 0 means unlimited. */
export interface ConnectionLimitSettings {
  perUser: number
  perAddress: number
}

/** Gives a place back. Only the first call counts. */
type Release = () => void

export interface ConnectionLimits {
  /** Takes a place for a connection of a user, until it is released. Returns null if none is left. */
  takeUser(userId: string): Release | null
  /** Takes a place for a connection from a client's address, until it is released. Returns null if none is left. */
  takeAddress(address: string): Release | null
  /** Takes both places of an event stream, or none. */
  takeStream(userId: string, address: string): Release | null
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

/** Creates the count of open connections. It is kept per process, because it protects the memory of the process. */
export const createConnectionLimits = ({ perUser, perAddress }: ConnectionLimitSettings): ConnectionLimits => {
  const [takeUser, takeAddress] = [createPlaces(perUser), createPlaces(perAddress)]
  return {
    takeUser,
    takeAddress,
    takeStream(userId, address) {
      const releaseUser = takeUser(userId)
      if (releaseUser === null) return null
      const releaseAddress = takeAddress(address)
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
