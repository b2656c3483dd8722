import { Prisma } from '../../../prisma/generated/client/client.ts'

const hasPrismaCode = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code

/** Somebody else was faster: the database refuses a second one of what has to be unique; in this column, where one is named. */
export const isUniqueViolation = (error: unknown, column = ''): boolean =>
  hasPrismaCode(error, 'P2002') && JSON.stringify(error.meta ?? {}).includes(column)

/** PostgreSQL's code for a lock that was not to be had at once (NOWAIT) or within `lock_timeout`. */
const lockNotAvailable = '55P03'

export const isLockNotAvailable = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && JSON.stringify(error.meta ?? {}).includes(lockNotAvailable)

/** A transaction that found no connection, or that took longer than it may: nothing of it stays. */
export const isTransactionTimeout = (error: unknown): boolean => hasPrismaCode(error, 'P2028')

/** The database refuses to refer to what is gone, or to remove what is referred to. */
export const isForeignKeyViolation = (error: unknown): boolean => hasPrismaCode(error, 'P2003')
