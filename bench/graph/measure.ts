import { percentile } from '../figures.ts'
import type { LoadReply, LoadRequest } from '../processes/graphClients.ts'
import type { Helper } from '../world.ts'
import { readTreeCpuSeconds } from './cpu.ts'
import type { DocumentName } from './documents.ts'
import type { ServerName } from './servers.ts'

/** One document sent to one server over a number of connections. */
export interface Case {
  server: ServerName
  document: DocumentName
  connections: number
  /** Whether something is committed all the time. */
  hasWrites: boolean
}

/** A CPU time is null if it cannot be read. */
export interface Sample extends Case {
  perSecond: number
  p50Ms: number
  p99Ms: number
  nodeCpuMs: number | null
  postgresCpuMs: number | null
}

const perRequestMs = (before: number | null, after: number | null, requests: number): number | null =>
  before === null || after === null ? null : ((after - before) * 1000) / requests

export const measure = async (
  clients: Helper,
  request: LoadRequest,
  pids: { node: number; postgres: number },
): Promise<Omit<Sample, keyof Case>> => {
  const readCpu = () => Promise.all([readTreeCpuSeconds(pids.node), readTreeCpuSeconds(pids.postgres)])
  const [nodeBefore, postgresBefore] = await readCpu()
  const { durationsMs, seconds } = await clients.call<LoadReply>(request)
  const [nodeAfter, postgresAfter] = await readCpu()
  const durations = [...durationsMs]
  return {
    perSecond: durations.length / seconds,
    p50Ms: percentile(durations, 0.5),
    p99Ms: percentile(durations, 0.99),
    nodeCpuMs: perRequestMs(nodeBefore, nodeAfter, durations.length),
    postgresCpuMs: perRequestMs(postgresBefore, postgresAfter, durations.length),
  }
}
