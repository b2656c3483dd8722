import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { z } from 'zod'
import { Prisma } from '../../prisma/generated/client/client.ts'
import type { JobLease } from '../services/kernel/jobs.ts'

/**
 * How the attempts of a job ended, stored in its data under `run`. pg-boss counts only claims (`retry_count`), so that
 * a killed worker would use up an attempt of a job that never failed.
 */
const runShape = z.object({
  /** Process that runs the newest attempt. */
  worker: z.string(),
  /** Number of the newest attempt: its `retry_count`. */
  attempt: z.int(),
  /** True if the worker ran no other job during the newest attempt; false once the attempt has recorded its end. */
  isAlone: z.boolean(),
  /** Attempts that ended with an error. */
  failures: z.int(),
  /** Attempts that a worker gave back at its shutdown. */
  returns: z.int(),
  /** Attempts whose worker was lost while it ran no other job. */
  lossesAlone: z.int(),
})
export type JobRun = z.infer<typeof runShape>

const dataShape = z.object({ run: runShape.optional() })

/** Attempts after a failure. */
const maxRetries = 3
/** Number of attempts that ended with their worker, whatever ended it, after which the job is given up. */
const maxLosses = 20
/** Number of attempts whose worker ended while it ran only this job after which the job is to blame. */
const maxLossesAlone = 5
const maxRetryDelaySeconds = 60

/** Returns the record of the attempt that starts now. An earlier attempt that recorded no end was lost. */
export const nextRun = (
  { data, retryCount }: { data: unknown; retryCount: number },
  current: Pick<JobRun, 'worker' | 'isAlone'>,
): JobRun => {
  const previous = dataShape.parse(data).run
  const wasLostAlone = previous?.isAlone === true && previous.attempt === retryCount - 1
  return {
    ...current,
    attempt: retryCount,
    failures: previous?.failures ?? 0,
    returns: previous?.returns ?? 0,
    lossesAlone: (previous?.lossesAlone ?? 0) + (wasLostAlone ? 1 : 0),
  }
}

/** Whether the job has used up its attempts. It is then not run, but given up. */
export const isExhausted = ({ attempt, failures, returns, lossesAlone }: JobRun): boolean =>
  failures > maxRetries || attempt - failures - returns >= maxLosses || lossesAlone >= maxLossesAlone

/** Doubles with each failure, with jitter. Without a delay if no retry is left: the next claim gives the job up. */
const retryDelaySeconds = (failures: number): number => {
  if (failures === maxRetries + 1) return 0
  return Math.min(maxRetryDelaySeconds, 2 ** (failures - 1) * (1 + Math.random()))
}

type ActiveJob = Pick<JobWithMetadata<object>, 'id' | 'name' | 'data' | 'retryCount'>

/** Matches a job only while the attempt that this worker claimed holds its lease. */
const fence = `name = $1 AND id = $2::uuid AND state = 'active' AND retry_count = $3`
const fenceValues = ({ name, id, retryCount }: ActiveJob): unknown[] => [name, id, retryCount]

export const leaseOf = ({ name, id, retryCount }: ActiveJob): JobLease => ({
  jobId: id,
  isHeld: Prisma.sql`EXISTS (
    SELECT FROM pgboss.job
    WHERE name = ${name} AND id = ${id}::uuid AND state = 'active' AND retry_count = ${retryCount})`,
  isFree: (jobId) => Prisma.sql`NOT EXISTS (
    SELECT FROM pgboss.job WHERE name = ${name} AND id = ${jobId} AND id <> ${id}::uuid AND state = 'active')`,
})

/** Every job with the row that it stands for, `subject`, and the number of the request or revision. */
export const jobSubjects = Prisma.sql`
  SELECT coalesce(data->>'renditionId', data->>'versionId', data->>'operationId') AS "subject",
    coalesce(data->>'request', data->>'revision', '0')::int AS "number", state < 'completed' AS "isUnfinished"
  FROM pgboss.job`

export interface RunningJob {
  run: JobRun
  /** Records the start. False if the lease is lost already. */
  start(): Promise<boolean>
  /** Schedules a retry after an error. */
  fail(error: unknown): Promise<void>
  /** Returns the job to the queue at once. */
  giveBack(): Promise<void>
  /** Must be called when the attempt has ended, in whatever way. */
  end(): void
}

/** Keeps the records of the jobs that a process runs. */
export const createJobRuns = ({ boss, worker }: { boss: PgBoss; worker: string }) => {
  const runningJobs = new Set<{ job: ActiveJob; run: JobRun; written: Promise<boolean> }>()

  const write = async (job: ActiveJob, run: JobRun): Promise<boolean> => {
    const text = `UPDATE pgboss.job SET data = data || jsonb_build_object('run', $4::jsonb) WHERE ${fence} RETURNING 1`
    const { rows } = await boss.getDb().executeSql(text, [...fenceValues(job), JSON.stringify(run)])
    return rows.length > 0
  }

  /**
   * Ends the attempt as one that is to be repeated. pg-boss then finds the attempt no longer active and completes
   * nothing. The claim count is kept: it fences the attempts.
   */
  const repeat = async (job: ActiveJob, run: JobRun, delaySeconds: number, output: object | null): Promise<void> => {
    const text = `
      UPDATE pgboss.job SET state = 'retry', heartbeat_on = NULL, output = $5::jsonb,
        start_after = pgboss.job_now() + $6::float8 * interval '1s', data = data || jsonb_build_object('run', $4::jsonb)
      WHERE ${fence}`
    const values = [JSON.stringify(run), output === null ? null : JSON.stringify(output), delaySeconds]
    await boss.getDb().executeSql(text, [...fenceValues(job), ...values])
  }

  return (job: ActiveJob): RunningJob => {
    const run = nextRun(job, { worker, isAlone: runningJobs.size === 0 })
    const entry = { job, run, written: Promise.resolve(false) }
    const companions = [...runningJobs].filter((other) => other.run.isAlone)
    runningJobs.add(entry)
    return {
      run,
      async start() {
        entry.written = write(job, run)
        for (const companion of companions) {
          companion.run.isAlone = false
          const writeAgain = () => write(companion.job, companion.run)
          // After the record of its start, which says otherwise.
          companion.written = companion.written.then(writeAgain, writeAgain)
        }
        const [isHeld] = await Promise.all([entry.written, ...companions.map(({ written }) => written)])
        return isHeld
      },
      async fail(error) {
        const failures = run.failures + 1
        const output = { message: String(error), stack: error instanceof Error ? error.stack : null }
        await repeat(job, { ...run, failures, isAlone: false }, retryDelaySeconds(failures), output)
      },
      giveBack: () => repeat(job, { ...run, returns: run.returns + 1, isAlone: false }, 0, null),
      end: () => void runningJobs.delete(entry),
    }
  }
}

/** Whether an error in this attempt still leads to another one. */
export const willRetry = ({ failures }: JobRun): boolean => failures < maxRetries
