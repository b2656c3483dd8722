import type { User } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import {
  mayAssign,
  mayChangeMedia,
  mayLink,
  mayPurge,
  mayReadAnalytics,
  mayReadLog,
  mayUpload,
  type PolicyDecision,
} from '../kernel/policies.ts'

/** Policies that decide by the role of the caller alone, under the names by which clients know them. */
const rolePolicies = {
  upload: mayUpload,
  link: mayLink,
  assign: mayAssign,
  analytics: mayReadAnalytics,
  purge: mayPurge,
  readLog: mayReadLog,
  /** Changing media that other users own. */
  administer: (actor) => mayChangeMedia(actor, { uploadedById: null }),
} satisfies Record<string, (actor: Actor) => PolicyDecision>

export type ViewerPermissions = Record<keyof typeof rolePolicies, boolean>

/** Returns what the role of the caller allows; null if the user is another one. */
export const permissionsFor = (actor: Actor, { id }: Pick<User, 'id'>): ViewerPermissions | null => {
  if (id !== actorId(actor)) return null
  const decisions = Object.entries(rolePolicies).map(([name, policy]) => [name, policy(actor) === null])
  return Object.fromEntries(decisions) as ViewerPermissions // as: has the same keys
}
