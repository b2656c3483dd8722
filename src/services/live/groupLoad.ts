import { createMemo } from './memo.ts'
import type { LiveSource } from './source.ts'

/** Creates a `load` that loads the rows of all these ids at once, with the first of them. */
export const createGroupLoad = <Row>(source: LiveSource<Row>, ids: readonly string[]): LiveSource<Row>['load'] => {
  const { loadAll } = source
  if (loadAll === undefined) return source.load
  const loadOnce = createMemo<Map<string, Row>>()
  return async (id, projection) => {
    const rows = await loadOnce(JSON.stringify(projection), () => loadAll(ids, projection))
    return rows.get(id) ?? null
  }
}
