import type { LogFilter } from '../../data/log.ts'

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const timeOf = (value: unknown): string | undefined => {
  const text = textOf(value)
  return text !== undefined && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined
}

/** Parses the search parameters of the log's address; drops what it does not know. */
export const parseLogFilter = (search: Record<string, unknown>): LogFilter => {
  const actions = Array.isArray(search['actions']) ? search['actions'].flatMap((action) => textOf(action) ?? []) : []
  return {
    actions: actions.length === 0 ? undefined : actions,
    actorId: textOf(search['actorId']),
    nodeId: textOf(search['nodeId']),
    from: timeOf(search['from']),
    to: timeOf(search['to']),
  }
}
