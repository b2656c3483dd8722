/**
 * Refusals are the expected "no": they reach clients as typed union members (mutations) or as GraphQL errors with a
 * code (queries, subscriptions). Anything else that is thrown is a bug: logged with its cause and masked.
 */
export type RefusalCode =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'INVALID_INPUT'
  | 'IN_USE'
  | 'DUPLICATE'
  | 'STATE_CONFLICT'
  | 'UNDO_EXPIRED'
  | CallRefusalCode

/** Codes that concern the request as a whole; never members of a result union. */
type CallRefusalCode = 'UNAUTHENTICATED' | 'RATE_LIMITED' | 'IDEMPOTENCY_MISMATCH' | 'UNAVAILABLE' | 'STORAGE_FULL'

export abstract class Refusal extends Error {
  abstract readonly code: RefusalCode
}

export class NotFoundError extends Refusal {
  readonly code = 'NOT_FOUND'
  /** Relay id of the missing node. */
  readonly nodeId: string | null

  constructor(message: string, nodeId: string | null = null) {
    super(message)
    this.nodeId = nodeId
  }
}

export class ForbiddenError extends Refusal {
  readonly code = 'FORBIDDEN'
}

export interface FieldIssue {
  /** Path of the field in the input, dotted: `fileName`, `target.ids.3`. */
  path: string
  message: string
}

export class InvalidInputError extends Refusal {
  readonly code = 'INVALID_INPUT'
  readonly fields: FieldIssue[]

  constructor(fields: FieldIssue[], options?: ErrorOptions) {
    super(fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '), options)
    this.fields = fields
  }
}

export class DuplicateMediaError extends Refusal {
  readonly code = 'DUPLICATE'
  readonly existingId: string

  constructor(existingId: string) {
    super('The library already holds a file with exactly this content.')
    this.existingId = existingId
  }
}

/** Uses of a media: links, and users who have it as their current assignment. */
interface Uses {
  usageCount: number
  assignmentCount: number
}

export const isUsed = ({ usageCount, assignmentCount }: Uses): boolean => usageCount + assignmentCount > 0

/** Describes the uses that prevent deletion, as part of a sentence: `used in one place and assigned to 2 users`. */
const describeUses = ({ usageCount, assignmentCount }: Uses): string =>
  [
    ...(usageCount > 0 ? [`used in ${usageCount === 1 ? 'one place' : `${usageCount} places`}`] : []),
    ...(assignmentCount > 0 ? [`assigned to ${assignmentCount === 1 ? 'one user' : `${assignmentCount} users`}`] : []),
  ].join(' and ')

export const inUseMessage = (uses: Uses): string => `This media is ${describeUses(uses)}. Remove these uses first.`

export class MediaInUseError extends Refusal {
  readonly code = 'IN_USE'
  readonly mediaId: string
  readonly usageCount: number
  readonly assignmentCount: number

  constructor({ id, ...uses }: Uses & { id: string }) {
    super(inUseMessage(uses))
    this.mediaId = id
    this.usageCount = uses.usageCount
    this.assignmentCount = uses.assignmentCount
  }
}

/** Item that caused an all-or-nothing operation to be refused. */
export interface BatchFailure {
  /** Relay id of the item. */
  nodeId: string
  code: Exclude<RefusalCode, CallRefusalCode>
  message: string
}

export class BatchRefusedError extends Refusal {
  readonly code = 'STATE_CONFLICT'
  readonly failures: BatchFailure[]

  constructor(failures: BatchFailure[]) {
    super(`Nothing was changed. Refused items: ${failures.length}. Correct or remove them, then try again.`)
    this.failures = failures
  }
}

export class StateConflictError extends Refusal {
  readonly code = 'STATE_CONFLICT'
}

export const undoExpiredMessage = (expiredAt: Date): string =>
  `The undo window expired at ${expiredAt.toISOString()}. This change can no longer be undone.`

/** The undo window has expired. */
export class UndoExpiredError extends Refusal {
  readonly code = 'UNDO_EXPIRED'
  readonly expiredAt: Date

  constructor(expiredAt: Date) {
    super(undoExpiredMessage(expiredAt))
    this.expiredAt = expiredAt
  }
}

/** The token is missing, forged, malformed or expired. */
export class UnauthenticatedError extends Refusal {
  readonly code = 'UNAUTHENTICATED'
}

/** The token was valid once: a client that has another one should use it now. */
export class TokenExpiredError extends UnauthenticatedError {}

/** The caller exceeded a limit, or too many callers compete; the request may be retried later. */
export class RateLimitedError extends Refusal {
  readonly code = 'RATE_LIMITED'
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Something that the server depends on does not answer, or not in time; the request may be retried later. */
export class UnavailableError extends Refusal {
  readonly code = 'UNAVAILABLE'
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The time of a call passed before its work ended. It says nothing about what the server depends on: the call may be slow. */
export class DeadlineError extends UnavailableError {
  /** Name of the operation that the caller waited for. */
  readonly operation: string

  constructor(message: string, retryAfterSeconds: number, operation: string) {
    super(message, retryAfterSeconds)
    this.operation = operation
  }
}

/** A disk, the database or the storage of files has no space left. A retry succeeds only after an administrator acted. */
export class StorageFullError extends Refusal {
  readonly code = 'STORAGE_FULL'
}

/** The caller has already used this idempotency key for another request. */
export class IdempotencyMismatchError extends Refusal {
  readonly code = 'IDEMPOTENCY_MISMATCH'
}
