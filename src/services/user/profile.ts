import type { User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { mayReadUser } from '../kernel/policies.ts'

/**
 * Returns the key of a user, wherever the user is reached: as uploader of a media, in a link, an assignment or a list.
 * Empty, like no real key, for callers who may not read it. All other fields are visible to all who see the media.
 */
export const externalIdFor = (actor: Actor, user: Pick<User, 'id' | 'externalId'>): string =>
  mayReadUser(actor, user) === null ? user.externalId : ''
