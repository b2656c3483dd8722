import type { Role } from '../../../prisma/generated/client/enums.ts'
import { createBoundedCache } from '../kernel/boundedCache.ts'

export interface OpenSession {
  userId: string
  role: Role
  endsAt: Date
}

interface Entry {
  session: Promise<OpenSession | null>
  readAtMs: number
}

export interface SessionCache {
  /** Returns the session, which may have been read up to 3 s ago; null if it does not exist. */
  get(idHash: string): Promise<OpenSession | null>
  /** Notes that a session has ended. A read that began before no longer counts. */
  end(idHash: string): void
}

const maxSessions = 10_000

/** A message about the end of a session can be lost: until then, another process may still accept the session. */
const maxAgeMs = 3000

/** Creates the cache of a process, so that the calls of a browser cost a statement every few seconds. */
export const createSessionCache = (read: (idHash: string) => Promise<OpenSession | null>): SessionCache => {
  const entries = createBoundedCache<string, Entry>(maxSessions)

  const load = (idHash: string): Entry => {
    const entry = { session: read(idHash), readAtMs: performance.now() }
    entries.set(idHash, entry)
    entry.session.catch(() => {
      entry.readAtMs = Number.NEGATIVE_INFINITY
    })
    return entry
  }

  return {
    get(idHash) {
      const known = entries.get(idHash)
      return (known !== undefined && performance.now() - known.readAtMs < maxAgeMs ? known : load(idHash)).session
    },
    end: (idHash) => entries.set(idHash, { session: Promise.resolve(null), readAtMs: performance.now() }),
  }
}
