import { Prisma } from '../../../prisma/generated/client/client.ts'

const hasPrismaCode = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code

/** Whether a unique constraint (of `column`, if given) was violated, since another transaction was faster. */
export const isUniqueViolation = (error: unknown, column = ''): boolean =>
  hasPrismaCode(error, 'P2002') && JSON.stringify(error.meta ?? {}).includes(column)

const hasPostgresCode = (error: unknown, code: string): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && JSON.stringify(error.meta ?? {}).includes(code)

/** Whether a lock was not available at once (NOWAIT) or within `lock_timeout`. */
export const isLockNotAvailable = (error: unknown): boolean => hasPostgresCode(error, '55P03')

/**
 * Whether PostgreSQL cancelled a statement. `lock_timeout` appears as this, too, if it expires in the instant in which the
 * lock becomes free.
 */
export const isStatementCancelled = (error: unknown): boolean => hasPostgresCode(error, '57014')

/** Whether a transaction found no connection in time or exceeded its timeout. It was rolled back. */
export const isTransactionTimeout = (error: unknown): boolean => hasPrismaCode(error, 'P2028')

/** Whether a row refers to a missing row, or a deleted row is still referred to. */
export const isForeignKeyViolation = (error: unknown): boolean => hasPrismaCode(error, 'P2003')
