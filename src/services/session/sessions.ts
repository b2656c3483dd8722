import { Prisma } from '../../../prisma/generated/client/client.ts'
import { UnauthenticatedError } from '../kernel/errors.ts'
import type { Clock, Database, PubSub, TokenIdentity } from '../kernel/ports.ts'
import type { Users } from '../user/users.ts'
import { createSecret, hashSecret, isSecret } from './secret.ts'
import { createSessionCache, type OpenSession } from './sessionCache.ts'
import { createSessionEnds } from './sessionEnds.ts'

/** Session that was just opened. Only its browser may learn the id. */
export interface NewSession {
  id: string
  endsAt: Date
}

export interface Sessions {
  /** Opens a session. It ends with the token by which the person signed in, after 12 h at the latest. */
  open(identity: TokenIdentity, requestId: string | null): Promise<NewSession>
  /** Rejects with UnauthenticatedError if there is no such session, or if it has ended. */
  find(id: string): Promise<OpenSession>
  /** Whether this process has found the session before. It may have ended since. */
  isKnown(id: string): boolean
  /** Ends a session and, in all processes, what it has opened; no error if it does not exist. */
  end(id: string): Promise<void>
  /** Does the same by the hash of the id. */
  endByHash(idHash: string): Promise<void>
  /** Calls back once after a sign-out, at once if that was before. Returns a function that cancels. */
  onEnd(id: string, listener: (error: UnauthenticatedError) => void): () => void
  /** Deletes ended sessions, codes and sign-ins. Resolves to their number. */
  sweep(): Promise<number>
}

interface SessionsOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
  users: Pick<Users, 'resolveActor'>
}

export const maxSessionLength = Prisma.sql`interval '12 hours'`

const createEndError = () => new UnauthenticatedError('The session has ended. Sign in again.')

export const createSessions = ({ database, pubsub, clock, users }: SessionsOptions): Sessions => {
  const ends = createSessionEnds({
    pubsub,
    onEnded: (idHash) => cache.end(idHash),
    async findOpen(idHashes) {
      const rows = await database.session.findMany({ where: { idHash: { in: idHashes } }, select: { idHash: true } })
      return rows.map(({ idHash }) => idHash)
    },
  })
  const cache = createSessionCache(async (idHash) => {
    // First, so that no end between the read and the subscription is missed.
    await ends.follow()
    return database.session.findUnique({ where: { idHash }, select: { userId: true, role: true, endsAt: true } })
  })

  const find: Sessions['find'] = async (id) => {
    const session = isSecret(id) ? await cache.get(hashSecret(id)) : null
    if (session === null || session.endsAt <= clock.now()) throw createEndError()
    return session
  }

  const endByHash: Sessions['endByHash'] = async (idHash) => {
    const { count } = await database.session.deleteMany({ where: { idHash } })
    if (count > 0) ends.publish(idHash)
  }

  return {
    find,
    isKnown: (id) => cache.has(hashSecret(id)),
    endByHash,

    async open(identity, requestId) {
      const { userId, role } = await users.resolveActor(identity, requestId)
      const id = createSecret()
      const [row] = await database.$queryRaw<{ endsAt: Date }[]>`
        INSERT INTO "Session" ("idHash", "userId", "role", "endsAt")
        VALUES (${hashSecret(id)}, ${userId}::uuid, ${role}::"Role",
          LEAST(now() + ${maxSessionLength}, ${identity.expiresAt}::timestamptz))
        RETURNING "endsAt"`
      if (row === undefined) throw new Error('The insertion of a session has returned no row.')
      return { id, endsAt: row.endsAt }
    },

    async end(id) {
      if (!isSecret(id)) return
      await endByHash(hashSecret(id))
    },

    onEnd(id, listener) {
      let isStopped = false
      const stop = (): void => {
        isStopped = true
        stopListening()
      }
      const end = (error: unknown): void => {
        // Any other error, such as a database that does not answer, says nothing about the session.
        if (isStopped || !(error instanceof UnauthenticatedError)) return
        stop()
        listener(error)
      }
      const stopListening = ends.listen(hashSecret(id), () => end(createEndError()))
      // It may have ended since it was found; otherwise this costs a look into a cache.
      find(id).catch(end)
      return stop
    },

    async sweep() {
      const counts = await Promise.all([
        database.$executeRaw`DELETE FROM "Session" WHERE "endsAt" < now()`,
        database.$executeRaw`DELETE FROM "SignInCode" WHERE "endsAt" < now()`,
        database.$executeRaw`DELETE FROM "SignIn" WHERE "endsAt" < now()`,
      ])
      return counts.reduce((sum, count) => sum + count, 0)
    },
  }
}
