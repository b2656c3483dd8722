import type { Role } from '../../../prisma/generated/client/enums.ts'
import { createBoundedCache } from '../kernel/boundedCache.ts'

export interface OpenSession {
  userId: string
  role: Role
  endsAt: Date
}

interface Entry {
  session: OpenSession
  readAtMs: number
}

export interface SessionCache {
  /** Returns the session, which may have been read up to 3 s ago; null if it does not exist. */
  get(idHash: string): Promise<OpenSession | null>
  /** Whether the session existed when it was read last, however long ago. */
  has(idHash: string): boolean
  /** Forgets a session that has ended. A read that began before is not kept. */
  end(idHash: string): void
}

const maxSessions = 10_000

/** A message about the end of a session can be lost: until then, another process may still accept the session. */
const maxAgeMs = 3000

/** Creates the cache of a process, so that the calls of a browser cost a statement every few seconds. */
export const createSessionCache = (read: (idHash: string) => Promise<OpenSession | null>): SessionCache => {
  // Only sessions that exist: otherwise, invented ids would push them out.
  const entries = createBoundedCache<string, Entry>(maxSessions)
  const pendingReads = new Map<string, Promise<OpenSession | null>>()

  const keep = (idHash: string, entry: Entry): void => {
    // First, so that a known session pushes out no other and becomes the newest.
    entries.delete(idHash)
    entries.set(idHash, entry)
  }

  const load = (idHash: string): Promise<OpenSession | null> => {
    const readAtMs = performance.now()
    const reading = read(idHash)
      .then((session) => {
        if (pendingReads.get(idHash) !== reading) return session
        if (session === null) entries.delete(idHash)
        else keep(idHash, { session, readAtMs })
        return session
      })
      .finally(() => {
        if (pendingReads.get(idHash) === reading) pendingReads.delete(idHash)
      })
    pendingReads.set(idHash, reading)
    return reading
  }

  return {
    async get(idHash) {
      const known = entries.get(idHash)
      if (known !== undefined && performance.now() - known.readAtMs < maxAgeMs) return known.session
      return pendingReads.get(idHash) ?? load(idHash)
    },
    has: (idHash) => entries.get(idHash) !== undefined,
    end(idHash) {
      entries.delete(idHash)
      pendingReads.delete(idHash)
    },
  }
}
