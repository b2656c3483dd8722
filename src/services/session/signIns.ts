import { Prisma } from '../../../prisma/generated/client/client.ts'
import { NotFoundError, UnauthenticatedError } from '../kernel/errors.ts'
import type { Database, LoginService, SignInSecrets } from '../kernel/ports.ts'
import { toIdentity } from './issuerIdentity.ts'
import { parseReturnPath } from './returnPath.ts'
import { createSecret, hashSecret, isSecret } from './secret.ts'
import type { NewSession, Sessions } from './sessions.ts'

/** Minutes that a person has to sign in at the login service. */
export const signInMinutes = 10

/** Maximum number of sign-ins that wait; the oldest are forgotten. Anyone can begin one. */
const maxSignIns = 10_000

export interface SignIns {
  /**
   * Begins a sign-in at the login service. `browserId` is what the browser holds since its last one, so that several can
   * wait in its tabs; the returned one replaces it.
   */
  begin(request: SignInRequest): Promise<{ browserId: string; url: string }>
  /**
   * Opens the session that the answer of the login service permits, and ends those that the browser had. Each sign-in has
   * one answer, accepted or not.
   */
  finish(answer: SignInAnswer, requestId: string | null): Promise<{ session: NewSession; returnPath: string }>
}

interface SignInRequest {
  browserId: string | null
  /** Present session of the browser, which the new one replaces. */
  sessionId: string | null
  returnPath: string | null
}

interface SignInAnswer {
  browserId: string | null
  /** Present session of the browser. Browsers do not send it on the way back from another site. */
  sessionId: string | null
  /** Query of the callback's URL. */
  query: string
}

interface SignInsOptions {
  database: Database
  sessions: Sessions
  loginService: LoginService | null
  /** Name of the claim that contains the role. */
  roleClaim: string
}

type SignInRow = Omit<SignInSecrets, 'state'> & { returnPath: string; previousIdHash: string | null }

const keyOf = (browserId: string, state: string): string => hashSecret(`${browserId}.${state}`)

const createAnswerError = () =>
  new UnauthenticatedError(
    `This answer belongs to no sign-in that this browser has started in the last ${signInMinutes} minutes. Sign in again.`,
  )

export const createSignIns = ({ database, sessions, loginService, roleClaim }: SignInsOptions): SignIns => {
  const requireLoginService = (): LoginService => {
    if (loginService !== null) return loginService
    throw new NotFoundError('This server has no login service. Open a sign-in link instead.')
  }

  const remember = async (keyHash: string, row: SignInRow): Promise<void> => {
    const { nonce, codeVerifier, returnPath, previousIdHash } = row
    const lifetime = Prisma.sql`make_interval(mins => ${signInMinutes}::int)`
    await database.$executeRaw`
      WITH "surplus" AS (
        DELETE FROM "SignIn" WHERE "keyHash" IN (
          SELECT "keyHash" FROM "SignIn"
          WHERE "endsAt" <= (SELECT "endsAt" FROM "SignIn" ORDER BY "endsAt" DESC OFFSET ${maxSignIns - 1}::int LIMIT 1)
          FOR UPDATE SKIP LOCKED
        )
      )
      INSERT INTO "SignIn" ("keyHash", "nonce", "codeVerifier", "returnPath", "previousIdHash", "endsAt")
      VALUES (${keyHash}, ${nonce}, ${codeVerifier}, ${returnPath}, ${previousIdHash}, now() + ${lifetime})`
  }

  /** Takes a sign-in out of the database, so that it cannot be finished twice. */
  const take = async (browserId: string | null, state: string | null): Promise<SignInRow> => {
    if (!isSecret(browserId) || !isSecret(state)) throw createAnswerError()
    const [row] = await database.$queryRaw<SignInRow[]>`
      DELETE FROM "SignIn" WHERE "keyHash" = ${keyOf(browserId, state)} AND "endsAt" > now()
      RETURNING "nonce", "codeVerifier", "returnPath", "previousIdHash"`
    if (row === undefined) throw createAnswerError()
    return row
  }

  return {
    async begin(request) {
      const service = requireLoginService()
      const returnPath = parseReturnPath(request.returnPath)
      const browserId = isSecret(request.browserId) ? request.browserId : createSecret()
      const secrets = { state: createSecret(), nonce: createSecret(), codeVerifier: createSecret() }
      // First, since nothing has to be remembered for a login service that does not answer.
      const url = await service.pageUrl(secrets)
      const previousIdHash = isSecret(request.sessionId) ? hashSecret(request.sessionId) : null
      await remember(keyOf(browserId, secrets.state), { ...secrets, returnPath, previousIdHash })
      return { browserId, url }
    },

    async finish({ browserId, sessionId, query }, requestId) {
      const service = requireLoginService()
      const state = new URLSearchParams(query).get('state')
      const { returnPath, previousIdHash, ...secrets } = await take(browserId, state)
      const claims = await service.verify(query, { ...secrets, state: state ?? '' })
      const session = await sessions.open(toIdentity(claims, roleClaim), requestId)
      if (previousIdHash !== null) await sessions.endByHash(previousIdHash)
      if (sessionId !== null) await sessions.end(sessionId)
      return { session, returnPath }
    },
  }
}
