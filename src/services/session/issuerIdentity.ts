import { z } from 'zod'
import { cleanLine } from '../kernel/cleanText.ts'
import { ForbiddenError, UnauthenticatedError } from '../kernel/errors.ts'
import { label, subject } from '../kernel/input.ts'
import type { LoginClaims, TokenIdentity } from '../kernel/ports.ts'
import { readClaim, roleOf } from './roleClaim.ts'

const maxNameLength = 255

const nameShape = label(maxNameLength).nullish().catch(null)
const personShape = z.object({ sub: subject, name: nameShape, preferred_username: nameShape })

/** Returns the person that the claims name. Rejects claims without a usable `sub` or without a role. */
export const toIdentity = ({ claims, expiresAt }: LoginClaims, roleClaim: string): TokenIdentity => {
  const person = personShape.safeParse(claims)
  if (!person.success)
    throw new UnauthenticatedError('The login service has sent no usable "sub". Tell an administrator.', {
      cause: person.error,
    })
  const role = roleOf(readClaim(claims, roleClaim))
  if (role === null)
    throw new ForbiddenError(
      `Your account has no role here: the claim "${roleClaim}" of the login service names none of viewer, editor and admin. Ask an administrator for a role.`,
    )
  const { sub, name, preferred_username: userName } = person.data
  const label = name ?? userName
  return {
    externalId: sub,
    name: label ?? cleanLine(sub, maxNameLength),
    hasName: label != null,
    role,
    kind: 'PERSON',
    expiresAt,
  }
}
