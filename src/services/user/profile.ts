import type { User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { mayReadUser } from '../kernel/policies.ts'

type Profile = Pick<User, 'externalId' | 'role'>

/** Values of a profile that the caller may not read. No real key is empty, and VIEWER is what unknown users have. */
const hiddenProfile: Profile = { externalId: '', role: 'VIEWER' }

/**
 * Returns the fields of a user that only editors, admins and the user may read, wherever the user is reached: as uploader
 * of a media, in a link, an assignment or a list. Id, name and kind are visible to all who see the media.
 */
export const profileOf = (actor: Actor, user: User): Profile =>
  mayReadUser(actor, user) === null ? user : hiddenProfile
