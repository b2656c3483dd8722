import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Queue, Transaction } from './ports.ts'

/** Rows of one table that stand for work. */
interface WorkTable {
  table: Prisma.Sql
  /** Condition on a row whose work has not ended. */
  isUnfinished: Prisma.Sql
  /** Request or revision of a row, which the payload of its job names. */
  number: Prisma.Sql
}

interface LostWorkOptions extends WorkTable {
  database: Database
  queue: Queue
}

export interface LostRow {
  id: string
  number: number
}

interface LostWorkActions {
  /** Sends new jobs for these rows, which are locked. */
  resend(transaction: Transaction, ids: string[]): Promise<void>
  /** Fails a row whose jobs ended too often without ending its work. */
  abandon(row: LostRow): Promise<void>
}

/** Maximum of jobs per request that may end without ending the work. */
const maxJobs = 5
/** Maximum of rows per run. The next run continues. */
const maxRows = 500
const timeoutMs = 60_000

/**
 * Finds unfinished work that no job will end, sends its jobs again, and resolves to the number of such rows. A row and
 * its job are committed together, and a job ends after its work: so work without a job is always a fault.
 */
export const createLostWork =
  ({ database, queue, table, isUnfinished, number }: LostWorkOptions) =>
  async ({ resend, abandon }: LostWorkActions): Promise<number> => {
    const job = Prisma.sql`(${queue.jobSubjects}) AS job`
    const isOwnJob = Prisma.sql`job."subject" = work."id"::text AND job."number" = ${number}`
    const rows = await database.$transaction(
      async (transaction) => {
        const candidates = await transaction.$queryRaw<{ id: string }[]>`
          SELECT work."id" FROM ${table} AS work
          WHERE ${isUnfinished} AND NOT EXISTS (SELECT FROM ${job} WHERE job."isUnfinished" AND ${isOwnJob})
          LIMIT ${maxRows} FOR UPDATE OF work SKIP LOCKED`
        if (candidates.length === 0) return []
        // Sees what was committed until the rows were locked: one may have been requested again, with a new job.
        const lostRows = await transaction.$queryRaw<(LostRow & { jobs: number })[]>`
          SELECT work."id", ${number} AS "number", count(job."subject")::int AS "jobs"
          FROM ${table} AS work LEFT JOIN ${job} ON ${isOwnJob}
          WHERE work."id" = ANY(${candidates.map(({ id }) => id)}::uuid[]) AND ${isUnfinished}
          GROUP BY work."id" HAVING NOT coalesce(bool_or(job."isUnfinished"), false)`
        const ids = lostRows.filter(({ jobs }) => jobs < maxJobs).map(({ id }) => id)
        if (ids.length > 0) await resend(transaction, ids)
        return lostRows
      },
      { timeout: timeoutMs },
    )
    for (const row of rows) if (row.jobs >= maxJobs) await abandon(row)
    return rows.length
  }
