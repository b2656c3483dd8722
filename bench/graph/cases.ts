import type { Pool } from 'pg'
import type { DocumentName } from './documents.ts'
import type { Case } from './measure.ts'
import type { ServerName } from './servers.ts'

/** The case in which the answer cache is measured, with and without writes. */
const cachedCase = { document: 'nested', connections: 16 } as const

/** Lists what is measured, apart from the servers. */
export const casesOf = (
  documents: readonly DocumentName[],
  connectionCounts: readonly number[],
): Omit<Case, 'server'>[] => [
  ...documents.flatMap((document) =>
    connectionCounts.map((connections) => ({ document, connections, hasWrites: false })),
  ),
  ...(documents.includes(cachedCase.document) ? [{ ...cachedCase, hasWrites: true }] : []),
]

export const isMeasured = (server: ServerName, { document, connections, hasWrites }: Omit<Case, 'server'>): boolean => {
  const isCachedCase = document === cachedCase.document && connections === cachedCase.connections
  if (server === 'product, cached') return isCachedCase
  return !hasWrites || server === 'product'
}

/** Commits one change after another, about a hundred per second, until it is stopped. */
export const startWrites = (database: Pool): { stop(): Promise<void> } => {
  let isStopped = false
  const write = async (): Promise<void> => {
    while (!isStopped) {
      await database.query('UPDATE "Resource" SET title = title WHERE id = (SELECT id FROM "Resource" LIMIT 1)')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const writes = write()
  return {
    stop() {
      isStopped = true
      return writes
    },
  }
}
