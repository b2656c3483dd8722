import { firstStatementMark, withoutPreparedPlanMark } from '../services/kernel/planHint.ts'

/** Number of distinct statements that one process prepares; later ones are sent unprepared. */
const maxStatements = 500

/**
 * Creates a function that names statements. A name makes PostgreSQL keep a statement's plan on its connection, which is
 * about 10% faster. The number of names is limited, since every connection keeps all statements that it has run.
 */
export const createStatementNames = (): ((query: { sql: string }) => string) => {
  const names = new Map<string, string>()
  return ({ sql }) => {
    if (sql.startsWith(withoutPreparedPlanMark) || sql.startsWith(firstStatementMark)) return ''
    const cachedName = names.get(sql)
    if (cachedName !== undefined) return cachedName
    if (names.size >= maxStatements) return ''
    const name = `s${names.size}`
    names.set(sql, name)
    return name
  }
}
