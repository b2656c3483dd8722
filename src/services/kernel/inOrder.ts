/** Returns the row of each id, in the order of the ids; null for an id without a row. `column` contains the ids. */
export const inOrder = <Row extends Record<Column, string>, Column extends string = 'id'>(
  ids: readonly string[],
  rows: readonly Row[],
  column: Column = 'id' as Column, // as: its default
): (Row | null)[] => {
  const rowById = new Map<string, Row>(rows.map((row) => [row[column], row]))
  return ids.map((id) => rowById.get(id) ?? null)
}
