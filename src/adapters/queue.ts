import { fromPrisma, type JobWithMetadata, PgBoss, type Queue as QueueSettings } from 'pg-boss'
import { type Job, type JobHandlers, type JobName, jobPayloads, shutdownReason } from '../services/kernel/jobs.ts'
import type { Logger, Queue } from '../services/kernel/ports.ts'

interface QueueOptions {
  databaseUrl: string
  log: Logger
  /** Whether this process also takes jobs, and watches over those of others. */
  isWorker: boolean
  /** How many previews and how many transcodes run side by side; by default as many as the machine has cores. */
  concurrency: number
  /** How long running jobs may take to hand themselves back at the close. */
  closeTimeoutMs?: number
}

/**
 * A worker shows that it lives every 3 s; one that did not for 10 s has lost its jobs, which others notice within 1 s.
 * With 1 to 2 s until the first retry and a look every second, a killed worker's job starts again within 15 s.
 */
const heartbeat = { heartbeatSeconds: 10, heartbeatRefreshSeconds: 3, monitorIntervalSeconds: 1 }

/** New jobs are announced; those whose retry has come due are not, and have to be looked for. */
const pollingOptions = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 }

/** A film may take hours; that a worker lives is seen from its heartbeat, not from this. */
const maxJobSeconds = 23 * 60 * 60

const retrySettings = {
  retryLimit: 3,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: maxJobSeconds,
  heartbeatSeconds: heartbeat.heartbeatSeconds,
  notify: true,
}

const persistent = { ...retrySettings, deadLetter: 'abandoned' }

/** Comes again by itself. */
const housekeeping = { policy: 'short', retryLimit: 0, notify: true } as const

const settings = {
  abandoned: { ...retrySettings, retryLimit: 20 },
  ingest: persistent,
  preview: persistent,
  transcode: persistent,
  operation: persistent,
  sweep: housekeeping,
  retention: housekeeping,
  reclaim: housekeeping,
} satisfies Record<JobName, Omit<QueueSettings, 'name'>>

/** When housekeeping is due, in UTC. */
const schedules = { sweep: '*/10 * * * *', reclaim: '5-59/10 * * * *', retention: '30 2 * * *' }

/** Dead letters first: the others name them. */
const names = Object.keys(settings) as JobName[] // the keys of a literal

/** Jobs in PostgreSQL by pg-boss: sent inside the caller's transaction, at least once, not fenced. */
export const openQueue = async (options: QueueOptions): Promise<Queue> => {
  const { log, isWorker, concurrency } = options
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
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
  boss.on('error', (error) => log.error({ err: error }, 'The queue met an error.'))
  boss.on('warning', (warning) => log.warn({ warning }, 'The queue warns.'))
  await boss.start()
  for (const name of names) {
    await boss.createQueue(name, settings[name])
    await boss.updateQueue(name, pickMutableSettings(settings[name]))
  }

  const abortController = new AbortController()
  let closePromise: Promise<void> | null = null

  /** Sent anew, without a try used up. Its own end is told by whoever fetched it. */
  const requeue = async ({ name, data, priority, retryLimit, retryCount }: JobWithMetadata<object>): Promise<void> => {
    await boss.send(name, data, { priority, retryLimit: Math.max(0, retryLimit - retryCount) })
  }

  const handle = async <Name extends JobName>(
    name: Name,
    handler: JobHandlers[Name],
    job: JobWithMetadata<object>,
  ): Promise<void> => {
    const signal = AbortSignal.any([job.signal, abortController.signal])
    const willRetry = job.retryCount < job.retryLimit
    try {
      abortController.signal.throwIfAborted()
      const payload = jobPayloads[name].parse(job.data)
      // The table of handlers is typed by name, which TypeScript cannot follow through a variable.
      await (handler as (payload: unknown, context: object) => Promise<void>)(payload, { signal, willRetry })
    } catch (error) {
      if (error === shutdownReason) return requeue(job)
      if (job.signal.aborted) return log.info({ job: name }, 'A job was taken over by another worker.')
      log.warn({ err: error, job: name, payload: job.data, willRetry }, 'A job did not succeed.')
      throw error
    }
  }

  /** One slot: takes a job, and after it the next without a pause. */
  const startSlot = async <Name extends JobName>(name: Name, handler: JobHandlers[Name]): Promise<void> => {
    const options = {
      includeMetadata: true,
      ...pollingOptions,
      ...(name in schedules ? {} : { heartbeatRefreshSeconds: heartbeat.heartbeatRefreshSeconds }),
    } as const
    const id: string = await boss.work<object, void, typeof options>(name, options, async (jobs) => {
      for (const job of jobs)
        await handle(name, handler, job).finally(() => {
          // At the close nothing more is taken.
          if (!abortController.signal.aborted) boss.notifyWorker(id)
        })
    })
  }

  return {
    async send(transaction, ...jobs: Job[]) {
      const db = fromPrisma(transaction)
      for (const { name, payload, priority } of jobs) await boss.send(name, payload, { db, priority: priority ?? 0 })
    },

    async work(handlers) {
      for (const name of names) {
        const slots = name in schedules || name === 'abandoned' ? 1 : concurrency
        for (let slot = 0; slot < slots; slot++) await startSlot(name, handlers[name])
      }
      for (const [name, cron] of Object.entries(schedules)) await boss.schedule(name, cron, {})
      log.info({ concurrency }, 'The worker takes jobs.')
    },

    close() {
      abortController.abort(shutdownReason)
      closePromise ??= boss.stop({ graceful: true, timeout: options.closeTimeoutMs ?? 15_000 })
      return closePromise
    },
  }
}

/** What a queue cannot change once it exists. */
const pickMutableSettings = ({ policy: _policy, deadLetter: _deadLetter, ...rest }: Omit<QueueSettings, 'name'>) => rest
