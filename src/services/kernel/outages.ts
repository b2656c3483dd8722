import { databaseFailureOf, isOverrun } from './databaseErrors.ts'
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

interface Outage {
  failure: DependencyError['failure']
  /** Name of the failing service: outages of different kinds are independent of each other. */
  kind: string
  /** Whether work of ours took too long, rather than something else being out of order. */
  isOverrun?: boolean
}

/**
 * Returns the outage that an error of the operating system stands for. A client that ended its own request is reported
 * with the code of a broken connection, too, but without a system call.
 */
const systemOutageOf = (error: object): Outage | null => {
  if (!('code' in error) || typeof error.code !== 'string' || !('syscall' in error)) return null
  if (fullDiskCodes.has(error.code)) return { failure: 'full', kind: 'disk full' }
  if (!connectionCodes.has(error.code)) return null
  const address = 'address' in error && 'port' in error ? ` to ${String(error.address)}:${String(error.port)}` : ''
  return { failure: 'unavailable', kind: `connection${address}` }
}

const outageOf = (error: unknown, depth = 0): Outage | null => {
  if (typeof error !== 'object' || error === null || depth > maxCauses) return null
  if (error instanceof UnavailableError || error instanceof StorageFullError) {
    const failure = error instanceof StorageFullError ? 'full' : 'unavailable'
    return outageOf(error.cause, depth + 1) ?? { failure, kind: failure }
  }
  // A refusal says what is wrong, whatever caused it.
  if (error instanceof Refusal) return null
  if (error instanceof DependencyError)
    return { failure: error.failure, kind: error.failure === 'full' ? 'bucket full' : 'bucket' }
  if (error instanceof AggregateError)
    return error.errors.map((inner) => outageOf(inner, depth + 1)).find((outage) => outage !== null) ?? null
  const failure = databaseFailureOf(error)
  if (failure !== null)
    return { failure, kind: failure === 'full' ? 'database full' : 'database', isOverrun: isOverrun(error) }
  return systemOutageOf(error) ?? ('cause' in error ? outageOf(error.cause, depth + 1) : null)
}

/**
 * Returns the refusal that stands for an outage, with the error as its cause: a dependency that is unreachable, that does
 * not answer in time, or that has no space left. Null for any other error, which is a refusal of its own or a bug.
 */
export const toOutageError = (error: unknown): UnavailableError | StorageFullError | null => {
  if (error instanceof UnavailableError || error instanceof StorageFullError) return error
  const failure = outageOf(error)?.failure
  switch (failure) {
    case undefined:
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

/** Returns what fails, for records that tell outages apart; null for an error that is no outage. */
export const outageKindOf = (error: unknown): string | null => outageOf(error)?.kind ?? null

/**
 * Whether a statement or a transaction took longer than it may. The caller gets the same refusal as in an outage, but the
 * work needs a look: it may be too much, or wait for a lock that something holds.
 */
export const isOverrunError = (error: unknown): boolean => outageOf(error)?.isOverrun === true
