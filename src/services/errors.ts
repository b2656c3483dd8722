/**
 * Refusals are the expected "no": they reach clients as typed union members (mutations) or as GraphQL errors with a
 * code (queries, subscriptions). Anything else that is thrown is a bug: logged with its cause and masked.
 */
export type RefusalCode =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'INVALID_INPUT'
  | 'DUPLICATE'
  | 'STATE_CONFLICT'
  | 'UNAUTHENTICATED'

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

export class StateConflictError extends Refusal {
  readonly code = 'STATE_CONFLICT'
}

/** No token, or one that is forged, malformed or expired. */
export class UnauthenticatedError extends Refusal {
  readonly code = 'UNAUTHENTICATED'
}
