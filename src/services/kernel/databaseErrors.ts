import { Prisma } from '../../../prisma/generated/client/client.ts'

const hasPrismaCode = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code

/** Whether a unique constraint (of `column`, if given) was violated, since another transaction was faster. */
export const isUniqueViolation = (error: unknown, column = ''): boolean =>
  hasPrismaCode(error, 'P2002') && JSON.stringify(error.meta ?? {}).includes(column)

const hasPostgresCode = (error: unknown, code: string): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && JSON.stringify(error.meta ?? {}).includes(code)

/** SQLSTATE of a statement that exceeded a timeout or was cancelled by an administrator. */
const cancelledState = '57014'

/**
 * Whether a lock was not available at once (NOWAIT) or within `lock_timeout`, or two transactions waited for each other: with a
 * longer `lock_timeout`, PostgreSQL ends one of them.
 */
export const isLockNotAvailable = (error: unknown): boolean =>
  hasPostgresCode(error, '55P03') || hasPostgresCode(error, '40P01')

/**
 * Whether PostgreSQL cancelled a statement. `lock_timeout` appears as this, too, if it expires in the instant in which the
 * lock becomes free.
 */
export const isStatementCancelled = (error: unknown): boolean => hasPostgresCode(error, cancelledState)

/** Whether a transaction found no connection in time or exceeded its timeout. It was rolled back. */
export const isTransactionTimeout = (error: unknown): boolean => hasPrismaCode(error, 'P2028')

/** The only message of P2028 for a transaction that has not begun; the error has no other sign of it. */
const noConnectionMessage = 'Unable to start a transaction in the given time.'

/**
 * Whether a statement or a transaction that had begun took longer than it may. Nothing needs to be out of order for that:
 * its work may be too much.
 */
export const isOverrun = (error: object): boolean => {
  if (isTransactionTimeout(error)) return !(textOf(error, 'message') ?? '').includes(noConnectionMessage)
  const state = textOf(adapterCauseOf(error) ?? {}, 'originalCode')
  return (
    state === cancelledState || (textOf(error, 'severity') !== undefined && textOf(error, 'code') === cancelledState)
  )
}

/** Whether a row refers to a missing row, or a deleted row is still referred to. */
export const isForeignKeyViolation = (error: unknown): boolean => hasPrismaCode(error, 'P2003')

/** Whether a statement of raw SQL violated a foreign key: for that, Prisma has no code of its own. */
export const isRawForeignKeyViolation = (error: unknown): boolean =>
  error instanceof Error && textOf(adapterCauseOf(error) ?? {}, 'originalCode') === '23503'

/**
 * Codes of Prisma for a database that cannot be reached, that does not answer, or whose connections are all in use. P2028:
 * a transaction that did not begin, or was rolled back, because its time was over.
 */
const unavailableCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'])

/**
 * SQLSTATE codes of connections that broke or were refused, of a server that stops, starts or takes no writes, of exhausted
 * resources, and of statements and transactions that exceeded a timeout of the server.
 */
const unavailableStates = /^(?:08...|57P0.|53[234]00|25006|25P03|57014)$/
const diskFullState = '53100'

/** Errors of the driver that have no code. */
const driverMessages = new Set([
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
])

const driverKinds: Partial<Record<string, 'unavailable'>> = {
  DatabaseNotReachable: 'unavailable',
  ConnectionClosed: 'unavailable',
  SocketTimeout: 'unavailable',
  TooManyConnections: 'unavailable',
}

const textOf = (value: object, name: string): string | undefined => {
  const text: unknown = Reflect.get(value, name)
  return typeof text === 'string' ? text : undefined
}

const stateFailure = (state: string | undefined): 'unavailable' | 'full' | null => {
  if (state === undefined) return null
  if (state === diskFullState) return 'full'
  return unavailableStates.test(state) ? 'unavailable' : null
}

/** Error of Prisma's driver adapter, as it is or inside an error of Prisma's client. */
const adapterCauseOf = (error: object): object | null => {
  const adapterError: unknown =
    error instanceof Prisma.PrismaClientKnownRequestError ? error.meta?.['driverAdapterError'] : error
  const isAdapterError = adapterError instanceof Error && adapterError.name === 'DriverAdapterError'
  return isAdapterError && typeof adapterError.cause === 'object' ? adapterError.cause : null
}

/**
 * Whether a statement violated a unique constraint (of `column`, if given), of raw SQL too: for that, Prisma has no code of
 * its own.
 */
export const isRawUniqueViolation = (error: unknown, column = ''): boolean => {
  const cause = error instanceof Error ? adapterCauseOf(error) : null
  return cause !== null && textOf(cause, 'originalCode') === '23505' && JSON.stringify(cause).includes(column)
}

/**
 * Returns what failed if the error says that the database is unavailable or full, not that a statement is wrong. Knows
 * errors of Prisma, of its driver adapter, and of the driver.
 */
export const databaseFailureOf = (error: object): 'unavailable' | 'full' | null => {
  const cause = adapterCauseOf(error)
  if (cause !== null) {
    const failure = stateFailure(textOf(cause, 'originalCode')) ?? driverKinds[textOf(cause, 'kind') ?? '']
    if (failure != null) return failure
  }
  if (error instanceof Prisma.PrismaClientKnownRequestError)
    return unavailableCodes.has(error.code) ? 'unavailable' : null
  // PostgreSQL's own errors have a severity; other libraries may use codes of five characters too.
  if (textOf(error, 'severity') !== undefined) return stateFailure(textOf(error, 'code'))
  const hasNoCode = textOf(error, 'code') === undefined
  return hasNoCode && driverMessages.has(textOf(error, 'message') ?? '') ? 'unavailable' : null
}
