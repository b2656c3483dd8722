/** Adds columns that a service itself reads to the projection of a caller, which loads no others. */
export const alsoSelect = (query: object, columns: Record<string, true>): object =>
  'select' in query ? { ...query, select: { ...(query.select as object), ...columns } } : query // as: Prisma's form
