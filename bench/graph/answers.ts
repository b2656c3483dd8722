import { deepStrictEqual } from 'node:assert'
import type { DocumentName } from './documents.ts'
import { callOf, type Endpoint } from './servers.ts'

const globalIdPattern = /^[A-Z]\w*:(?=[\da-f-]{36}$)/
const datePattern = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/

const normalise = (value: unknown): string => {
  const text = String(value).replace(globalIdPattern, '')
  return datePattern.test(text) ? new Date(text).toISOString() : text
}

/**
 * Lists the length of every list and every value in their order. Servers name and nest things differently: a list may
 * lie in a connection, an id may carry its type, a large number may be a text, and a date may have another time zone.
 */
const contentOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return [`${value.length} items`, ...value.flatMap(contentOf)]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(contentOf)
  return [normalise(value)]
}

/** Sends a document once to each server. Comparing speed is fair only if all answer with the same data. */
export const compareAnswers = async (
  endpoints: readonly Endpoint[],
  document: DocumentName,
  mediaIds: readonly string[],
  token: string,
): Promise<void> => {
  const answers = await Promise.all(
    endpoints.map(async ({ row, port }) => {
      const { path, headers, bodies } = callOf(row, document, mediaIds, token)
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: bodies[0] })
      const text = await response.text()
      const { data, errors } = JSON.parse(text)
      if (errors !== undefined || !data) throw new Error(`${row.name} answered ${document} with ${text.slice(0, 1000)}`)
      return { name: row.name, content: contentOf(data) }
    }),
  )
  const [first, ...others] = answers
  for (const { name, content } of others)
    deepStrictEqual(content, first?.content, `${name} answers ${document} with other data than ${first?.name}.`)
}
