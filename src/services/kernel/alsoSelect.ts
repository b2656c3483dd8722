const selectsWithColumns = new WeakMap<object, WeakMap<object, object>>()

const addColumns = (select: object, columns: object): object => {
  if (!Object.isFrozen(select)) return { ...select, ...columns }
  const byColumns = selectsWithColumns.get(select) ?? new WeakMap<object, object>()
  selectsWithColumns.set(select, byColumns)
  const sum = byColumns.get(columns) ?? Object.freeze({ ...select, ...columns })
  byColumns.set(columns, sum)
  return sum
}

/** Adds columns that a service itself reads to the projection of a caller, which loads no others. */
export const alsoSelect = (query: object, columns: Readonly<Record<string, true>>): object =>
  'select' in query ? { ...query, select: addColumns(query.select as object, columns) } : query // as: Prisma's form
