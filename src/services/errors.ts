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
  | CallRefusalCode

/** Of the call itself, whatever it asks for: never part of a result. */
export type CallRefusalCode = 'UNAUTHENTICATED' | 'RATE_LIMITED' | 'IDEMPOTENCY_MISMATCH'

export abstract class Refusal extends Error {
  abstract readonly code: RefusalCode
}

export class NotFoundError extends Refusal {
  readonly code = 'NOT_FOUND'
  /** Relay id of what was not found. */
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

/** In how many places something is used, as part of a sentence. */
export const places = (count: number): string => (count === 1 ? 'one place' : `${count} places`)

export class MediaInUseError extends Refusal {
  readonly code = 'IN_USE'
  readonly mediaId: string
  readonly usageCount: number

  constructor(mediaId: string, usageCount: number) {
    super(`This media is used in ${places(usageCount)}; unlink it there first.`)
    this.mediaId = mediaId
    this.usageCount = usageCount
  }
}

/** One of many that stood against an act of all or none. */
export interface BatchFailure {
  /** Relay id of what it is about. */
  nodeId: string
  code: Exclude<RefusalCode, CallRefusalCode>
  message: string
}

export class BatchRefusedError extends Refusal {
  readonly code = 'STATE_CONFLICT'
  readonly failures: BatchFailure[]

  constructor(failures: BatchFailure[]) {
    super(`Nothing was changed: ${failures.length} of them cannot be done.`)
    this.failures = failures
  }
}

export class StateConflictError extends Refusal {
  readonly code = 'STATE_CONFLICT'
}

/** No token, or one that is forged, malformed or expired. */
export class UnauthenticatedError extends Refusal {
  readonly code = 'UNAUTHENTICATED'
}

/** Too much in too short a time; later it may be done. */
export class RateLimitedError extends Refusal {
  readonly code = 'RATE_LIMITED'
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The caller has used this key for something else. */
export class IdempotencyMismatchError extends Refusal {
  readonly code = 'IDEMPOTENCY_MISMATCH'
}
