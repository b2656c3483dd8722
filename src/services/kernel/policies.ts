import type { Actor, UserActor } from './actor.ts'
import { describeUses, ForbiddenError, isUsed } from './errors.ts'

/** A policy is a pure predicate: null where the act is allowed, else the reason for the refusal. */
export type PolicyDecision = string | null

const isEditor = (actor: Actor): boolean => actor.type === 'system' || actor.role !== 'VIEWER'
const isAdmin = (actor: Actor): boolean => actor.type === 'system' || actor.role === 'ADMIN'

export const mayUpload = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Uploading needs the role editor or admin.'

/** Data that `mayChangeMedia` reads. */
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
  isAdmin(actor) ? null : 'Deleting media although it is in use is for admins.'

export const mayPurge = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Removing media for good is for admins.'

export const mayChangeFolders = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Changing folders needs the role editor or admin.'

export const mayReadAnalytics = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Analytics need the role editor or admin.'

export const mayReadHistory = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : "Reading a media's history needs the role editor or admin."

export const mayReadLog = (actor: Actor): PolicyDecision => (isAdmin(actor) ? null : 'The whole log is for admins.')

export const mayReadUsers = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Reading the list of users needs the role editor or admin.'

export const mayReadUser = (actor: Actor, user: { id: string }): PolicyDecision =>
  isEditor(actor) || isOwn(actor, user.id) ? null : 'Viewers may read only about themselves.'

export const mayUpsertUsers = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Making and renaming users needs the role editor or admin.'

export const mayReadStorageUri = (actor: Actor): PolicyDecision =>
  isAdmin(actor) ? null : 'Storage addresses are for admins.'

export const mayAccessUpload = (actor: Actor, upload: { ownerId: string }): PolicyDecision =>
  isAdmin(actor) || isOwn(actor, upload.ownerId) ? null : 'Only its owner may touch an upload.'

export const mayReadOperation = (actor: Actor, operation: { requestedById: string }): PolicyDecision =>
  isAdmin(actor) || isOwn(actor, operation.requestedById)
    ? null
    : 'Operations are for those who asked for them, and admins.'

export const mayAssign = (actor: Actor): PolicyDecision =>
  isEditor(actor) ? null : 'Assigning media needs the role editor or admin.'

export const mayUndoAssignment = (actor: Actor, { assignedById }: { assignedById: string | null }): PolicyDecision => {
  const decision = mayAssign(actor)
  if (decision !== null) return decision
  return isAdmin(actor) || isOwn(actor, assignedById) ? null : 'Editors may undo only what they assigned themselves.'
}

export const maySubscribeToAssignments = (actor: Actor, userId: string): PolicyDecision =>
  isEditor(actor) || isOwn(actor, userId) ? null : 'Viewers may see only their own assignments.'

/** For `where`: which assignments the actor may know of. Viewers have their own, everybody else all. */
export const visibleAssignments = (actor: Actor): { userId?: string } =>
  actor.type === 'user' && !isEditor(actor) ? { userId: actor.userId } : {}

const isOwn = (actor: Actor, ownerId: string | null): boolean =>
  actor.type === 'user' && ownerId !== null && (actor as UserActor).userId === ownerId

/** Throws the refusal that a verdict stands for. */
export const enforce = (decision: PolicyDecision): void => {
  if (decision !== null) throw new ForbiddenError(decision)
}
