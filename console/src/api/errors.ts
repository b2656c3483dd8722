export interface FieldIssue {
  path: string
  message: string
}

interface RequestErrorOptions extends ErrorOptions {
  code: string
  requestId: string | null
  retryAfterSeconds: number | null
  fields?: readonly FieldIssue[]
}

/** A request without an answer: the server refused it as a whole, failed, or was not reached. */
export class RequestError extends Error {
  /** Code of the server, such as `UNAUTHENTICATED`, or `OFFLINE` if no response arrived. */
  readonly code: string
  /** Id that the log of the server holds, for support; null if no response arrived. */
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null
  readonly fields: readonly FieldIssue[]

  constructor(message: string, { code, requestId, retryAfterSeconds, fields = [], ...options }: RequestErrorOptions) {
    super(message, options)
    this.name = 'RequestError'
    this.code = code
    this.requestId = requestId
    this.retryAfterSeconds = retryAfterSeconds
    this.fields = fields
  }
}

/** An expected refusal of a mutation. `refusal` is the member of the result union, with the fields that the document selects. */
export class RefusalError<
  Refusal extends { __typename: string; message: string } = { __typename: string; message: string },
> extends Error {
  readonly refusal: Refusal
  readonly fields: readonly FieldIssue[]

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'RefusalError'
    this.refusal = refusal
    this.fields = 'fields' in refusal ? (refusal.fields as FieldIssue[]) : [] // as: only InvalidInputError has fields
  }
}

/** Text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
