import { Prisma } from '../../prisma/generated/client/client.ts'

const isKnown = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code

/** Somebody else was faster: the database refuses a second one of what has to be unique. */
export const isTaken = (error: unknown): boolean => isKnown(error, 'P2002')

/** The database refuses to refer to what is gone, or to remove what is referred to. */
export const isReferenceBroken = (error: unknown): boolean => isKnown(error, 'P2003')
