/** What is known of one row that changes while it is followed. */
export interface Part {
  /** Counts the changes of status. */
  revision: number
  /** Grows within one revision: percent, or bytes received. */
  live: number
  /** Fields to show instead of the row's own. */
  fields: Record<string, unknown>
}

export type Parts = ReadonlyMap<string, Part>

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/**
 * The rows as they were at the moment of an event: wherever one of `parts` is nested in them, its fields replace the
 * row's. Also where the row is newer already: what it says then belongs to a later event, so that a follower sees every
 * change of status once and in order. For the same reason, `partLists` leave out what is no part yet.
 */
export const overlay = <Row>(row: Row, parts: Parts, partLists: readonly string[] = []): Row => {
  const visit = (value: unknown, path: string[]): unknown => {
    if (Array.isArray(value)) {
      const shown = partLists.includes(path.join('.'))
        ? value.filter(({ id }) => id === undefined || parts.has(id))
        : value
      return shown.map((inner) => visit(inner, path))
    }
    if (!isRow(value)) return value
    const shown = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner, [...path, key])]))
    const part = typeof value['id'] === 'string' ? parts.get(value['id']) : undefined
    return part === undefined ? shown : { ...shown, ...part.fields }
  }
  return visit(row, []) as Row // the same shape: only values of existing kinds are replaced
}
