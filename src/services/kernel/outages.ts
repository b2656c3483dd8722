import { databaseFailureOf } from './databaseErrors.ts'
import { Refusal, StorageFullError, UnavailableError } from './errors.ts'

/** Outage of something that is no database, reported by the adapter that knows its protocol. */
export class DependencyError extends Error {
  readonly failure: 'unavailable' | 'full'

  constructor(failure: DependencyError['failure'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

/** Pause before a retry. A restart of PostgreSQL takes a few seconds. */
export const retryAfterSeconds = 5

/** Depth to which causes are followed. */
const maxCauses = 5

/** Codes of connections that cannot be opened or that broke. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const fullDiskCodes = new Set(['ENOSPC', 'EDQUOT'])

type Failure = DependencyError['failure'] | null

/**
 * Returns the failure that an error of the operating system stands for. A client that ended its own request is reported
 * with the code of a broken connection, too, but without a system call.
 */
const systemFailureOf = (error: object): Failure => {
  if (!('code' in error) || typeof error.code !== 'string' || !('syscall' in error)) return null
  if (fullDiskCodes.has(error.code)) return 'full'
  return connectionCodes.has(error.code) ? 'unavailable' : null
}

const failureOf = (error: unknown, depth = 0): Failure => {
  if (typeof error !== 'object' || error === null || depth > maxCauses) return null
  if (error instanceof UnavailableError) return 'unavailable'
  if (error instanceof StorageFullError) return 'full'
  // A refusal says what is wrong, whatever caused it.
  if (error instanceof Refusal) return null
  if (error instanceof DependencyError) return error.failure
  if (error instanceof AggregateError)
    return error.errors.map((inner) => failureOf(inner, depth + 1)).find((failure) => failure !== null) ?? null
  const failure = databaseFailureOf(error) ?? systemFailureOf(error)
  if (failure !== null) return failure
  return 'cause' in error ? failureOf(error.cause, depth + 1) : null
}

/**
 * Returns the refusal that stands for an outage, with the error as its cause: a dependency that is unreachable, that does
 * not answer in time, or that has no space left. Null for any other error, which is a refusal of its own or a bug.
 */
export const toOutageError = (error: unknown): UnavailableError | StorageFullError | null => {
  if (error instanceof UnavailableError || error instanceof StorageFullError) return error
  const failure = failureOf(error)
  switch (failure) {
    case null:
      return null
    case 'unavailable':
      return new UnavailableError(
        `The server cannot reach one of its services, or it has too much to do. Try again in ${retryAfterSeconds} s.`,
        retryAfterSeconds,
        { cause: error },
      )
    case 'full':
      return new StorageFullError(
        'The server has no space left to store this. Retry after an administrator has freed some.',
        { cause: error },
      )
  }
}

export const isOutage = (error: unknown): boolean => failureOf(error) !== null
