import type { Actor } from './actor.ts'
import { describeUses, ForbiddenError, isUsed } from './errors.ts'

/** Result of a policy, which is a pure predicate: null if the action is allowed, else the reason for the refusal. */
export type PolicyDecision = string | null

const isEditor = (actor: Actor): boolean => actor.type === 'system' || actor.role !== 'VIEWER'
const isAdmin = (actor: Actor): boolean => actor.type === 'system' || actor.role === 'ADMIN'

export const mayUpload = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Uploading needs the role editor or admin.'

/** Columns that `mayChangeMedia` reads. */
export const changeMediaSelect = { uploadedById: true } as const

export const mayChangeMedia = (actor: Actor, media: { uploadedById: string | null }): PolicyDecision => {
  if (isAdmin(actor)) return null
  if (!isEditor(actor)) return 'Changing media needs the role editor or admin.'
  return isOwn(actor, media.uploadedById) ? null : 'Editors may change only media that they uploaded themselves.'
}

export const mayLink = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Linking and unlinking media needs the role editor or admin.'

export const mayChangeLiveMedia = (
  actor: Actor,
  media: { uploadedById: string | null; deletedAt: Date | null },
): PolicyDecision =>
  mayChangeMedia(actor, media) ?? (media.deletedAt === null ? null : 'It is in the trash; restore it first.')

export const mayDeleteMedia = (
  actor: Actor,
  media: { uploadedById: string | null; deletedAt: Date | null; usageCount: number; assignmentCount: number },
): PolicyDecision => {
  const decision = mayChangeMedia(actor, media)
  if (decision !== null) return decision
  if (media.deletedAt !== null) return 'It is in the trash already.'
  return isUsed(media) ? `It is ${describeUses(media)}.` : null
}

export const mayForceDelete = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Deleting media that is in use needs the role admin.'

export const mayPurge = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Purging media needs the role admin.'

export const mayChangeFolders = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Changing folders needs the role editor or admin.'

export const mayReadAnalytics = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Analytics need the role editor or admin.'

export const mayReadHistory = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : "Reading a media's history needs the role editor or admin."

export const mayReadLog = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Reading the whole audit log needs the role admin.'

export const mayReadUsers = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Reading the list of users needs the role editor or admin.'

export const mayReadUser = (actor: Actor, user: { id: string }): PolicyDecision =>
  isEditor(actor) || isOwn(actor, user.id) ? null : 'Viewers may read only their own user.'

export const mayUpsertUsers = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Creating and renaming users needs the role editor or admin.'

export const mayReadStorageUri = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Reading storage addresses needs the role admin.'

export const mayAccessUpload = (actor: Actor, upload: { ownerId: string }): PolicyDecision =>
  isAdmin(actor) || isOwn(actor, upload.ownerId) ? null : 'Only its owner or an admin may access an upload.'

export const mayReadOperation = (actor: Actor, operation: { requestedById: string }): PolicyDecision =>
  isAdmin(actor) || isOwn(actor, operation.requestedById)
    ? null
    : 'Only the user who requested an operation, or an admin, may access it.'

export const mayAssign = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Assigning media needs the role editor or admin.'

export const mayUndoAssignment = (actor: Actor, { assignedById }: { assignedById: string | null }): PolicyDecision => {
  const decision = mayAssign(actor)
  if (decision !== null) return decision
  return isAdmin(actor) || isOwn(actor, assignedById) ? null : 'Editors may undo only what they assigned themselves.'
}

export const mayReadAssignmentsOf = (actor: Actor, userId: string): PolicyDecision =>
  isEditor(actor) || isOwn(actor, userId) ? null : 'Viewers may see only their own assignments.'

/** Filter for `where`: assignments that the actor may see. Viewers see their own, all other roles see every one. */
export const visibleAssignments = (actor: Actor): { userId?: string } =>
  actor.type === 'user' && !isEditor(actor) ? { userId: actor.userId } : {}

const isOwn = (actor: Actor, ownerId: string | null): boolean =>
  actor.type === 'user' && ownerId !== null && actor.userId === ownerId

/** Throws a refusal unless the policy allows the action. */
export const enforce = (decision: PolicyDecision): void => {
  if (decision !== null) throw new ForbiddenError(decision)
}
