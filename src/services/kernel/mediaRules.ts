import type { Media } from '../../../prisma/generated/client/client.ts'
import { inUseMessage, isUsed, MediaInUseError, NotFoundError } from './errors.ts'
import { globalId } from './ids.ts'
import { mayAssign, mayChangeMedia, mayPurge, mayUpload } from './policies.ts'
import { condition, permission, type Rule } from './rules.ts'

type Trashable = Pick<Media, 'id' | 'deletedAt'>
type Owned = Pick<Media, 'uploadedById'>
type Used = Pick<Media, 'id' | 'usageCount' | 'assignmentCount'>

const isChangeable = permission<Owned>(mayChangeMedia)

/** A media in the trash is not found by calls that concern the library, but the reason says where it is. */
const isOutsideTrash: Rule<Trashable> = {
  reason: (_actor, { deletedAt }) => (deletedAt === null ? null : 'This media is in the trash. Restore it first.'),
  refusal: (message, { id }) => new NotFoundError(message, globalId('Media', id)),
}

const isUnused: Rule<Used> = {
  reason: (_actor, media) => (isUsed(media) ? inUseMessage(media) : null),
  refusal: (_message, media) => new MediaInUseError(media),
}

const isNotYetDeleted = condition<Trashable>(({ deletedAt }) =>
  deletedAt === null ? null : 'This media is already in the trash.',
)
const isRestorable = condition<Trashable>(({ deletedAt }) =>
  deletedAt === null ? 'This media is not in the trash.' : null,
)
const isPurgeable = condition<Trashable>(({ deletedAt }) =>
  deletedAt === null ? 'This media is not in the trash. Delete it first, then purge it.' : null,
)

export const isReady = condition<Pick<Media, 'title' | 'status'>>(({ title, status }) =>
  status === 'READY' ? null : `"${title}" is ${status}, not READY. Only READY media can be assigned.`,
)

/** Rules of the actions on one media, in the order in which the mutations check them. */
export const updateRules: readonly Rule<Trashable & Owned>[] = [isOutsideTrash, isChangeable]
export const replaceRules: readonly Rule<Trashable & Owned>[] = [permission(mayUpload), ...updateRules]
export const forcedDeleteRules: readonly Rule<Trashable & Owned>[] = [isChangeable, isNotYetDeleted]
export const deleteRules: readonly Rule<Trashable & Owned & Used>[] = [...forcedDeleteRules, isUnused]
export const restoreRules: readonly Rule<Trashable & Owned>[] = [isChangeable, isRestorable]
export const purgeRules: readonly Rule<Trashable>[] = [permission(mayPurge), isPurgeable]
export const assignRules: readonly Rule<Trashable & Pick<Media, 'title' | 'status'>>[] = [
  permission(mayAssign),
  isOutsideTrash,
  isReady,
]
