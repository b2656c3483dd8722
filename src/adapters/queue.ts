import { hostname } from 'node:os'
import { fromPrisma, type JobWithMetadata, PgBoss, type Queue as QueueSettings } from 'pg-boss'
import {
  type Job,
  type JobContext,
  type JobHandlers,
  type JobName,
  jobPayloads,
  shutdownReason,
} from '../services/kernel/jobs.ts'
import type { Logger, Queue } from '../services/kernel/ports.ts'
import { createJobRuns, isExhausted, jobSubjects, leaseOf, willRetry } from './jobRuns.ts'
import { withKeepAlive } from './keepAlive.ts'

interface QueueOptions {
  databaseUrl: string
  log: Logger
  /** Whether this process also runs jobs and monitors those of other workers. */
  isWorker: boolean
  /** How many previews, and how many transcodes, run at the same time; the number of cores by default. */
  concurrency: number
  /** How long running jobs may take to return to the queue at shutdown; 15 s by default. */
  closeTimeoutMs?: number
}

/**
 * A worker sends a heartbeat every 3 s. After 10 s without one it loses its jobs; other workers notice within 1 s.
 * With a retry at once and polling every second, the job of a killed worker restarts within 15 s.
 */
const heartbeat = { heartbeatSeconds: 10, heartbeatRefreshSeconds: 3, monitorIntervalSeconds: 1 }

/** Polling intervals. Workers are notified of new jobs, but have to poll for those whose retry is due. */
const pollingOptions = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 }

/** Maximum duration of a job. A film may take hours; crashed workers are detected by their heartbeat, not by this. */
const maxJobSeconds = 23 * 60 * 60

const leaseSettings = {
  expireInSeconds: maxJobSeconds,
  heartbeatSeconds: heartbeat.heartbeatSeconds,
  notify: true,
}

/** Statements on the queue are short, except for a clean-up after months without a worker. */
const queueStatementTimeoutMs = 30_000

/** Settings of the connections. The driver gives up later than PostgreSQL, and then ends the connection. */
const connectionSettings = (databaseUrl: string) => ({
  ...withKeepAlive(databaseUrl, queueStatementTimeoutMs),
  query_timeout: queueStatementTimeoutMs + 2000,
})

/**
 * Settings of jobs whose attempts `jobRuns.ts` counts. pg-boss retries only those that a lost worker leaves behind, at
 * once; its limit is beyond any count of these.
 */
const persistent = { ...leaseSettings, retryLimit: 1000, retryDelay: 0, retryBackoff: false, deadLetter: 'abandoned' }

/** Settings of scheduled jobs: not retried, since the schedule sends them again. */
const housekeeping = { policy: 'short', retryLimit: 0, notify: true } as const

const settings = {
  abandoned: { ...leaseSettings, retryLimit: 20, retryDelay: 1, retryBackoff: true, retryDelayMax: 60 },
  ingest: persistent,
  preview: persistent,
  transcode: persistent,
  operation: persistent,
  sweep: housekeeping,
  repair: housekeeping,
  retention: housekeeping,
  reclaim: housekeeping,
  // A large file takes longer to verify at a low rate than jobs last by default.
  scrub: { ...housekeeping, expireInSeconds: maxJobSeconds },
  thumbnails: housekeeping,
} satisfies Record<JobName, Omit<QueueSettings, 'name'>>

/** Cron schedules of the housekeeping jobs, in UTC. */
const schedules = {
  sweep: '*/10 * * * *',
  repair: '* * * * *',
  thumbnails: '* * * * *',
  reclaim: '5-59/10 * * * *',
  scrub: '*/5 * * * *',
  retention: '30 2 * * *',
}

/** Queue names. The dead letter queue is first, since the others refer to it. */
const names = Object.keys(settings) as JobName[] // as: the keys of a literal

/** Queues whose attempts `jobRuns.ts` counts. */
const persistentNames = names.filter((name) => settings[name] === persistent)

/**
 * Opens the job queue, pg-boss in PostgreSQL. Jobs are sent inside the caller's transaction and run at least once. Two
 * workers may run the same job if one of them has lost its lease; handlers pass the lease to what they write.
 */
export const openQueue = async (options: QueueOptions): Promise<Queue> => {
  const { log, isWorker, concurrency } = options
  const boss = new PgBoss({
    ...connectionSettings(options.databaseUrl),
    schema: 'pgboss',
    max: isWorker ? 6 : 2,
    migrate: false,
    createSchema: false,
    supervise: isWorker,
    schedule: isWorker,
    superviseIntervalSeconds: heartbeat.monitorIntervalSeconds,
    monitorIntervalSeconds: heartbeat.monitorIntervalSeconds,
    monitorVacuum: false,
    reindex: false,
    useListenNotify: isWorker,
  })
  boss.on('error', (error) => log.error({ err: error }, 'Failed to operate the job queue.'))
  boss.on('warning', (warning) => log.warn({ warning }, 'Received a warning from the job queue.'))
  await boss.start()
  for (const name of names) {
    await boss.createQueue(name, settings[name])
    await boss.updateQueue(name, pickMutableSettings(settings[name]))
  }

  // Jobs keep the limits with which they were sent, also by an older version.
  if (isWorker)
    await boss.getDb().executeSql(
      `UPDATE pgboss.job SET retry_limit = $1, retry_delay = $2, retry_backoff = $3
      WHERE name = ANY($4) AND state < 'completed' AND retry_limit <> $1`,
      [persistent.retryLimit, persistent.retryDelay, persistent.retryBackoff, persistentNames],
    )

  const abortController = new AbortController()
  let closePromise: Promise<void> | null = null

  const logLostLease = (name: JobName) =>
    log.info({ job: name }, 'Lost the lease of a job; another worker takes it over.')

  const trackRun = createJobRuns({ boss, worker: `${hostname()}:${process.pid}` })

  const callHandler = (name: JobName, handlers: JobHandlers, job: JobWithMetadata<object>, canRetry: boolean) => {
    abortController.signal.throwIfAborted()
    const payload = jobPayloads[name].parse(job.data)
    const signal = AbortSignal.any([job.signal, abortController.signal])
    // as: the handlers are typed by job name, which TypeScript cannot follow through a variable
    const handler = handlers[name] as (payload: unknown, context: JobContext) => Promise<void>
    return handler(payload, { signal, willRetry: canRetry, lease: leaseOf(job) })
  }

  /** Runs a job whose attempts are counted, or gives it up if it has used up its attempts. */
  const handlePersistent = async (name: JobName, handlers: JobHandlers, job: JobWithMetadata<object>) => {
    const running = trackRun(job)
    const { run } = running
    try {
      if (!(await running.start())) return logLostLease(name)
      await callHandler(isExhausted(run) ? 'abandoned' : name, handlers, job, willRetry(run))
    } catch (error) {
      if (error === shutdownReason) return await running.giveBack()
      if (job.signal.aborted) return logLostLease(name)
      log.warn({ err: error, job: name, payload: job.data }, 'Failed to run a job.')
      await running.fail(error)
    } finally {
      running.end()
    }
  }

  /** Sends a copy of a job without using up an attempt. pg-boss completes the original when its handler returns. */
  const requeue = async ({ name, data, priority, retryLimit, retryCount }: JobWithMetadata<object>): Promise<void> => {
    await boss.send(name, data, { priority, retryLimit: Math.max(0, retryLimit - retryCount) })
  }

  const handle = async (name: JobName, handlers: JobHandlers, job: JobWithMetadata<object>): Promise<void> => {
    if ('deadLetter' in settings[name]) return handlePersistent(name, handlers, job)
    try {
      await callHandler(name, handlers, job, job.retryCount < job.retryLimit)
    } catch (error) {
      if (error === shutdownReason) return requeue(job)
      if (job.signal.aborted) return logLostLease(name)
      log.warn({ err: error, job: name, payload: job.data }, 'Failed to run a job.')
      throw error
    }
  }

  /** Starts one slot, which runs one job after another without a pause. */
  const startSlot = async (name: JobName, handlers: JobHandlers): Promise<void> => {
    const options = {
      includeMetadata: true,
      ...pollingOptions,
      ...(name in schedules ? {} : { heartbeatRefreshSeconds: heartbeat.heartbeatRefreshSeconds }),
    } as const
    const id: string = await boss.work<object, void, typeof options>(name, options, async (jobs) => {
      for (const job of jobs)
        await handle(name, handlers, job).finally(() => {
          // During shutdown, no further job is fetched.
          if (!abortController.signal.aborted) boss.notifyWorker(id)
        })
    })
  }

  return {
    jobSubjects,

    async send(transaction, ...jobs: Job[]) {
      const db = fromPrisma(transaction)
      for (const { name, payload, priority } of jobs) await boss.send(name, payload, { db, priority: priority ?? 0 })
    },

    async work(handlers) {
      for (const name of names) {
        const slots = name in schedules || name === 'abandoned' ? 1 : concurrency
        for (let slot = 0; slot < slots; slot++) await startSlot(name, handlers)
      }
      for (const [name, cron] of Object.entries(schedules)) await boss.schedule(name, cron, {})
      log.info({ concurrency }, 'Started to run jobs.')
    },

    close() {
      abortController.abort(shutdownReason)
      closePromise ??= boss.stop({ graceful: true, timeout: options.closeTimeoutMs ?? 15_000 })
      return closePromise
    },
  }
}

/** Omits the settings of a queue that cannot change once it exists. */
const pickMutableSettings = ({ policy: _policy, deadLetter: _deadLetter, ...rest }: Omit<QueueSettings, 'name'>) => rest
