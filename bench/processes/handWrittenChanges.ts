import pg from 'pg'
import { readLink } from './handWrittenLink.ts'
import { type Job, limits, operations, type Run, readMedia } from './handWrittenStatements.ts'
import { serveRequests } from './rpc.ts'

// The statements of the server's mutations, sent by hand on connections of a pool, without GraphQL.

/** Jobs of each client, in their order. */
export interface RunRequest {
  actorId: string
  clients: Job[][]
}

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 32 })

const names = new Map<string, string>()
const nameOf = (text: string): string => {
  const name = names.get(text) ?? `hand${names.size}`
  names.set(text, name)
  return name
}

const sharedTree = 'pg_try_advisory_xact_lock_shared(7301, 2)'
const treeOperations = new Set<Job['operation']>(['link', 'shortLink', 'restore'])

/** One message, as the server sends it. */
const beginningOf = ({ operation }: Job): string => {
  if (operation === 'linkByStep') return 'BEGIN'
  return `BEGIN; ${limits}${treeOperations.has(operation) ? `, ${sharedTree}` : ''}`
}

const runOn =
  (client: { query(config: pg.QueryConfig): Promise<pg.QueryResult> }): Run =>
  async (text, ...values) =>
    (await client.query({ name: nameOf(text), text, values })).rows

/** Operations that read the media before their transaction, since most invalid calls are refused without a lock. */
const checkedBefore = new Set<Job['operation']>(['update', 'tag', 'delete', 'restore'])

const change = async (actorId: string, job: Job): Promise<void> => {
  if (checkedBefore.has(job.operation)) await readMedia(runOn(pool), job.mediaId)
  const client = await pool.connect()
  await client.query(beginningOf(job))
  const id = await operations[job.operation](runOn(client), actorId, job)
  await client.query('COMMIT')
  client.release()
  if (job.operation === 'link') await readLink(runOn(pool), String(id))
  else await readMedia(runOn(pool), job.mediaId)
}

const work = async (actorId: string, jobs: Job[]): Promise<number[]> => {
  const durationsMs: number[] = []
  for (const job of jobs) {
    const startMs = performance.now()
    await change(actorId, job)
    durationsMs.push(performance.now() - startMs)
  }
  return durationsMs
}

const runAll = async ({ actorId, clients }: RunRequest) => {
  const startMs = performance.now()
  const durationsMs = (await Promise.all(clients.map((jobs) => work(actorId, jobs)))).flat()
  return { durationsMs, perSecond: durationsMs.length / ((performance.now() - startMs) / 1000) }
}

serveRequests(runAll, () => pool.end())
