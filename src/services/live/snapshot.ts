/** What is known of one row that changes while it is followed. */
export interface TrackedRow {
  /** Counts the changes of status. */
  revision: number
  /** Grows within one revision: percent, or bytes received. */
  progress: number
  /** Fields to show instead of the row's own. */
  fields: Record<string, unknown>
}

export type TrackedRows = ReadonlyMap<string, TrackedRow>

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/**
 * The rows as they were at the moment of an event: wherever one of `parts` is nested in them, its fields replace the
 * row's. Also where the row is newer already: what it says then belongs to a later event, so that a follower sees every
 * change of status once and in order. For the same reason, `partLists` leave out what is no part yet.
 */
export const applySnapshot = <Row>(row: Row, trackedRows: TrackedRows, trackedLists: readonly string[] = []): Row => {
  const visit = (value: unknown, path: string[]): unknown => {
    if (Array.isArray(value)) {
      const result = trackedLists.includes(path.join('.'))
        ? value.filter(({ id }) => id === undefined || trackedRows.has(id))
        : value
      return result.map((child) => visit(child, path))
    }
    if (!isRow(value)) return value
    const result = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child, [...path, key])]))
    const trackedRow = typeof value['id'] === 'string' ? trackedRows.get(value['id']) : undefined
    return trackedRow === undefined ? result : { ...result, ...trackedRow.fields }
  }
  return visit(row, []) as Row // the same shape: only values of existing kinds are replaced
}
