import type { Role } from '../../../prisma/generated/client/enums.ts'

type Claims = Record<string, unknown>

/** Values of the claim, from the highest role to the lowest. */
const roles = { admin: 'ADMIN', editor: 'EDITOR', viewer: 'VIEWER' } as const satisfies Record<string, Role>

const isRecord = (value: unknown): value is Claims => typeof value === 'object' && value !== null

/**
 * Returns a claim by its name, else by its path (`realm_access.roles`): names that are URLs contain dots too. Undefined if
 * it is absent.
 */
export const readClaim = (claims: Claims, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims)
}

/** Returns the highest role that a claim names, as a text or in a list; null if it names none. */
export const roleOf = (claim: unknown): Role | null => {
  const values = Array.isArray(claim) ? claim : [claim]
  return Object.entries(roles).find(([value]) => values.includes(value))?.[1] ?? null
}
