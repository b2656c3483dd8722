import { Prisma } from '../../prisma/generated/client/client.ts'

const isKnown = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code

/** Somebody else was faster: the database refuses a second one of what has to be unique; in this column, where one is named. */
export const isTaken = (error: unknown, column = ''): boolean =>
  isKnown(error, 'P2002') && JSON.stringify(error.meta ?? {}).includes(column)

/** The database refuses to refer to what is gone, or to remove what is referred to. */
export const isReferenceBroken = (error: unknown): boolean => isKnown(error, 'P2003')
