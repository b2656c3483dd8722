import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, sendBytes } from '../../client/client.ts'
import { RenditionRetryDocument } from '../../client/generated/documents.ts'
import { findProcesses, startProcess, type TestProcess } from '../../test/harness/processes.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { createTicket } from '../../test/harness/tickets.ts'
import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { atLeast, atMost, type Figure, informational, logProgress, percentile } from '../figures.ts'
import { openWorld, type World } from '../world.ts'

export const title = 'workers: 60 kills and claims past the lease while small files are converted'

const kills = 60
const mediaCount = 12
const stopRounds = 3
/** Renditions per round of stopped workers: as many jobs as one worker takes at the same time. */
const jobsPerRound = 4
const concurrency = 2
const maxRecoverySeconds = 15
const timeoutMs = 180_000

/** Everything that an attack needs. The API runs; workers come and go. */
interface Scene {
  world: World
  client: Client
  startWorker(): Promise<TestProcess>
}

const makeClip = async (folder: string): Promise<Buffer> => {
  const { ffmpegPath } = await findFfmpegBinaries({})
  const path = join(folder, 'clip.mp4')
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=480x270:rate=24:duration=3']
  const output = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  const [code] = await once(spawn(ffmpegPath, ['-v', 'error', ...source, ...output], { stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`ffmpeg exited with ${code}.`)
  return readFile(path)
}

const upload = async (client: Client, bytes: Buffer): Promise<void> => {
  const { target } = await createTicket(client, { fileName: 'clip.mp4', sizeBytes: bytes.length })
  await sendBytes(target, bytes, { sizeBytes: bytes.length })
}

const waitUntil = async (isReached: () => Promise<boolean>, what: string): Promise<void> => {
  const endMs = performance.now() + timeoutMs
  while (!(await isReached())) {
    if (performance.now() > endMs) throw new Error(`Timed out while waiting for ${what}.`)
    await sleep(100)
  }
}

const countRows = async ({ database }: World, sql: string): Promise<number> =>
  Number((await database.query(`SELECT count(*) FROM ${sql}`)).rows[0].count)

/** Waits until no job of a file waits or runs: what has not ended by then never will. */
const waitForJobs = (world: World): Promise<void> =>
  waitUntil(
    async () =>
      (await countRows(
        world,
        `pgboss.job WHERE state < 'completed' AND name IN ('ingest', 'preview', 'transcode', 'abandoned')`,
      )) === 0,
    'the end of all jobs',
  )

const unfinishedRows = `(
  SELECT id FROM "Rendition" WHERE status IN ('QUEUED', 'PROCESSING')
  UNION ALL SELECT id FROM "MediaVersion" WHERE status = 'PROCESSING') AS unfinished`
const failedRows = `(
  SELECT failure FROM "Rendition" WHERE status = 'FAILED'
  UNION ALL SELECT failure FROM "MediaVersion" WHERE status = 'FAILED') AS failed`

/** Seconds from the kill until the job is offered to other workers, and until one of them takes it. */
interface Recovery {
  offered: number
  restarted: number
}

/** Measures the recovery of each job of a killed worker. */
const createRecoveryWatch = ({ database }: World) => {
  const lost = new Map<string, { attempt: number; killedAtMs: number }>()
  const recoveries: Recovery[] = []
  const check = async () => {
    const { rows } = await database.query(
      `SELECT id, retry_count AS attempt, state, extract(epoch FROM start_after)::float8 AS offered,
         extract(epoch FROM started_on)::float8 AS started FROM pgboss.job WHERE id = ANY($1)`,
      [[...lost.keys()]],
    )
    for (const { id, attempt, state, offered, started } of rows) {
      const loss = lost.get(id)
      if (loss === undefined) continue
      const killed = loss.killedAtMs / 1000
      const isRestarted = attempt > loss.attempt
      if (isRestarted) recoveries.push({ offered: offered - killed, restarted: started - killed })
      if (isRestarted || state === 'completed') lost.delete(id)
    }
  }
  return {
    recoveries,
    check,
    /** Notes the jobs that a killed worker was running. */
    async add(pid: number, killedAtMs: number) {
      await check()
      const { rows } = await database.query(
        `SELECT id, retry_count AS attempt FROM pgboss.job WHERE state = 'active' AND data->'run'->>'worker' = $1`,
        [`${hostname()}:${pid}`],
      )
      for (const { id, attempt } of rows) lost.set(id, { attempt, killedAtMs })
      return rows.length > 0
    },
    isDone: () => lost.size === 0,
  }
}

const findLeftovers = async (world: World) => {
  const folder = world.env['DATA_DIR'] ?? ''
  const folders = await readdir(join(folder, 'work')).catch(() => [])
  const processes = (await findProcesses(folder)).filter((line) => line.includes('ffmpeg'))
  return folders.length + processes.length
}

const killWorkers = async ({ world, client, startWorker }: Scene): Promise<Figure[]> => {
  const clip = await makeClip(world.path)
  for (let n = 0; n < mediaCount; n++) await upload(client, clip)
  const watch = createRecoveryWatch(world)
  let [killed, hits] = [0, 0]
  const killInTurn = async (): Promise<TestProcess> => {
    for (;;) {
      const worker = await startWorker()
      if (killed >= kills) return worker
      killed++
      await sleep(200 + Math.random() * 1800)
      await worker.end('SIGKILL')
      if (await watch.add(worker.child.pid ?? 0, Date.now())) hits++
    }
  }
  const startMs = performance.now()
  const watching = setInterval(() => void watch.check().catch(() => undefined), 100)
  const workers = await Promise.all([killInTurn(), killInTurn()])
  logProgress(`${killed} kills, ${hits} of a busy worker, ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
  await waitForJobs(world)
  await waitUntil(async () => watch.isDone(), 'the restart of all jobs')
  clearInterval(watching)
  await waitUntil(async () => (await findLeftovers(world)) === 0, 'the removal of leftovers').catch(() => undefined)
  const leftovers = await findLeftovers(world)
  const ready = await countRows(world, `"Rendition" WHERE status = 'READY'`)
  for (const worker of workers) await worker.end('SIGKILL')
  const offered = watch.recoveries.map((recovery) => recovery.offered)
  const restarted = watch.recoveries.map((recovery) => recovery.restarted)
  return [
    informational('kills, of these of a worker that ran jobs', `${killed}, ${hits}`),
    atMost('renditions that did not end READY', mediaCount * 3 - ready, 0, '', ` of ${mediaCount * 3}`),
    atMost(
      'given up as INTERRUPTED',
      await countRows(world, `${failedRows} WHERE failure->>'code' = 'INTERRUPTED'`),
      0,
      '',
    ),
    atMost('left QUEUED or PROCESSING', await countRows(world, unfinishedRows), 0, ''),
    atMost('folders and ffmpeg processes left', leftovers, 0, ''),
    atMost('kill until other workers may take the job, max', Math.max(...offered), maxRecoverySeconds, ' s'),
    atLeast('recoveries measured', offered.length, 10, ''),
    informational(
      'kill to the next attempt, median and max with the wait for a free slot',
      `${percentile(restarted, 0.5).toFixed(1)} s, ${Math.max(...restarted).toFixed(1)} s of ${restarted.length}`,
    ),
  ]
}

/** Stops a worker between fetching and claiming its jobs until another one runs them; resolves to the rows that never end. */
const claimPastLease = async ({ world, client, startWorker }: Scene): Promise<number> => {
  const { rows } = await world.database.query(
    `UPDATE "Rendition" SET status = 'FAILED' WHERE id IN (
       SELECT id FROM "Rendition" WHERE profile IN ('GIF', 'WEBM') ORDER BY random() LIMIT ${jobsPerRound}) RETURNING id`,
  )
  for (const { id } of rows) await client.send(RenditionRetryDocument, { id: `Rendition:${id}` })
  const connection = await world.database.connect()
  let stopped: TestProcess
  try {
    await connection.query('BEGIN; LOCK TABLE "Rendition" IN ACCESS EXCLUSIVE MODE')
    // It fetches its jobs, then waits for the lock in order to read their rows.
    stopped = await startWorker()
    await waitUntil(
      async () => (await countRows(world, `pgboss.job WHERE state = 'active' AND name <> 'repair'`)) > 0,
      'a job',
    )
    await waitUntil(async () => (await countRows(world, 'pg_locks WHERE NOT granted')) > 0, 'a waiting claim')
    await sleep(300)
    stopped.child.kill('SIGSTOP')
  } finally {
    await connection.query('COMMIT')
    connection.release()
  }
  const other = await startWorker()
  await waitUntil(
    async () => (await countRows(world, `pgboss.job WHERE state = 'active' AND retry_count > 0`)) > 0,
    'the second attempt',
  )
  stopped.child.kill('SIGCONT')
  await waitForJobs(world)
  const lost = await countRows(world, unfinishedRows)
  for (const worker of [stopped, other]) await worker.end('SIGKILL')
  return lost
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const redis = await startRedis()
  try {
    const env = { REDIS_URL: redis.url, WORKER_CONCURRENCY: String(concurrency) }
    await world.serve('src/server.ts', env)
    const startWorker = () =>
      startProcess('worker/worker.ts', { ...world.env, ...env, LOG_LEVEL: 'info' }, 'Started to run jobs')
    const scene = { world, client: await world.client(), startWorker }
    const figures = await killWorkers(scene)
    let lost = 0
    for (let round = 0; round < stopRounds; round++) {
      lost += await claimPastLease(scene)
      logProgress(`round ${round + 1} of a stopped worker: ${lost} lost so far`)
    }
    return [...figures, atMost(`lost in ${stopRounds} rounds of a worker stopped before its claim`, lost, 0, '')]
  } finally {
    await redis.stop()
  }
}
