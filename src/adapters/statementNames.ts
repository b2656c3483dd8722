import { withoutPreparedPlanMark } from '../services/kernel/planHint.ts'

/** Most distinct statements that one process prepares; what comes after is sent unprepared. */
const maxStatements = 500

/**
 * Names make PostgreSQL keep a statement's plan on its connection: about a tenth faster. The number of names is
 * bounded, since every connection keeps all that it has seen.
 */
export const createStatementNames = (): ((query: { sql: string }) => string) => {
  const names = new Map<string, string>()
  return ({ sql }) => {
    if (sql.startsWith(withoutPreparedPlanMark)) return ''
    const existing = names.get(sql)
    if (existing !== undefined) return existing
    if (names.size >= maxStatements) return ''
    const name = `s${names.size}`
    names.set(sql, name)
    return name
  }
}
