/** State of a row that can change while a client is subscribed to it. */
export interface TrackedRow {
  /** Number of changes of status so far. */
  revision: number
  /** Increases within one revision: percent, bytes received or items processed. */
  progress: number
  /** Fields that replace the row's own. */
  fields: Record<string, unknown>
}

export type TrackedRows = ReadonlyMap<string, TrackedRow>

type LoadedRow = Record<string, unknown>

export interface SnapshotRules {
  /** Lists of tracked rows inside a row, as paths of relations: `versions.renditions`. */
  trackedLists?: readonly string[]
  /** Returns a row with the fields that follow from the tracked rows inside it. */
  derive?(row: LoadedRow): LoadedRow
}

const isRow = (value: unknown): value is LoadedRow =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/**
 * Returns the row as it was at the time of an event: the fields of each tracked row replace those of the same row,
 * wherever it is nested. This also applies to a row that is already newer: its state belongs to a later event, and a
 * subscriber sees every change of status once and in order. For the same reason, rows that are not tracked yet are left
 * out of the `trackedLists`.
 */
export const applySnapshot = <Row>(row: Row, trackedRows: TrackedRows, rules: SnapshotRules = {}): Row => {
  const { trackedLists = [], derive = (unchanged) => unchanged } = rules
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
    return derive(trackedRow === undefined ? result : { ...result, ...trackedRow.fields })
  }
  return visit(row, []) as Row // the same shape: only values of existing kinds are replaced
}
