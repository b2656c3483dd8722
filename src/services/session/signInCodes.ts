import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { Role } from '../../../prisma/generated/client/enums.ts'
import { UnauthenticatedError } from '../kernel/errors.ts'
import { parseInput, requiredLabel, subject } from '../kernel/input.ts'
import type { Database } from '../kernel/ports.ts'
import type { Users } from '../user/users.ts'
import { createSecret, hashSecret, isSecret } from './secret.ts'
import { maxSessionLength, type NewSession } from './sessions.ts'

/** Minutes in which a code signs in. */
export const codeMinutes = 10

const personShape = z.object({ externalId: subject, name: requiredLabel(255), role: z.enum(Role) })
export type SignInPerson = z.input<typeof personShape>

export interface SignInCodes {
  /** Opens the session of the code's person. Rejects with UnauthenticatedError unless the code is valid and unused. */
  exchange(code: unknown, requestId: string | null): Promise<NewSession>
}

/** Creates a code that signs in this person once. Only its hash is stored. */
export const createSignInCode = async (
  database: Pick<Database, '$executeRaw'>,
  person: SignInPerson,
): Promise<string> => {
  const { externalId, name, role } = parseInput(personShape, person)
  const code = createSecret()
  const lifetime = Prisma.sql`make_interval(mins => ${codeMinutes}::int)`
  await database.$executeRaw`
    INSERT INTO "SignInCode" ("codeHash", "externalId", "name", "role", "endsAt")
    VALUES (${hashSecret(code)}, ${externalId}, ${name}, ${role}::"Role", now() + ${lifetime})`
  return code
}

interface SignInCodesOptions {
  database: Database
  users: Pick<Users, 'resolveActor'>
}

type CodeRow = z.output<typeof personShape>

const createCodeError = () =>
  new UnauthenticatedError(
    `This sign-in link is invalid, was used already, or is older than ${codeMinutes} minutes. Ask for a new one.`,
  )

export const createSignInCodes = ({ database, users }: SignInCodesOptions): SignInCodes => ({
  async exchange(code, requestId) {
    if (!isSecret(code)) throw createCodeError()
    const codeHash = hashSecret(code)
    const [person] = await database.$queryRaw<CodeRow[]>`
      SELECT "externalId", "name", "role" FROM "SignInCode" WHERE "codeHash" = ${codeHash} AND "endsAt" > now()`
    if (person === undefined) throw createCodeError()
    const identity = { ...person, hasName: true, kind: 'PERSON', expiresAt: null } as const
    const { userId } = await users.resolveActor(identity, requestId)
    const id = createSecret()
    // One statement: of two exchanges, one deletes the row, and a failure leaves the code as it was.
    const [session] = await database.$queryRaw<{ endsAt: Date }[]>`
      WITH "code" AS (
        DELETE FROM "SignInCode" WHERE "codeHash" = ${codeHash} AND "endsAt" > now() RETURNING "role"
      )
      INSERT INTO "Session" ("idHash", "userId", "role", "endsAt")
      SELECT ${hashSecret(id)}, ${userId}::uuid, "role", now() + ${maxSessionLength} FROM "code"
      RETURNING "endsAt"`
    if (session === undefined) throw createCodeError()
    return { id, endsAt: session.endsAt }
  },
})
