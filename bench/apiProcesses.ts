import { availableParallelism, loadavg } from 'node:os'
import { freePort } from '../test/harness/port.ts'
import { startRedis } from '../test/harness/redis.ts'
import { atLeast, type Figure, formatNumber, formatValues, informational, logProgress, median } from './figures.ts'
import { findPostmaster } from './graph/cpu.ts'
import { measure } from './graph/measure.ts'
import { seedGraph } from './graph/seed.ts'
import { callOf, servers } from './graph/servers.ts'
import { openWorld } from './world.ts'

export const title = 'apiProcesses: the nested query of `graph`, 16 connections, two API processes relative to one'

const rounds = 5
const seconds = 3
const connections = 16
const counts = [1, 2] as const

/** Cores for two API processes, for PostgreSQL and for the clients: with fewer, the second process has none. */
const neededCores = 4

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    await using world = await openWorld()
    await seedGraph(world.database)
    const clients = await world.forkHelper('graphClients')
    const postgres = await findPostmaster(world.database)
    const call = callOf(servers[0], 'nested', [], await world.token())
    const env = { NODE_ENV: 'production', HOST: '127.0.0.1', ANSWER_CACHE_MB: '0', REDIS_URL: redis.url }
    const endpoints = []
    for (const count of counts) {
      const port = await freePort()
      const { pid } = await world.serve('src/server.ts', { ...env, PORT: String(port), API_PROCESSES: String(count) })
      const load = (duration: number) =>
        measure(clients, { ...call, port, connections, seconds: duration }, { node: pid, postgres })
      await load(seconds) // compiles the code
      endpoints.push({ load, samples: [] as Awaited<ReturnType<typeof load>>[] })
    }
    const [loadBefore = 0] = loadavg()
    for (let round = 0; round < rounds; round++) {
      logProgress(`Round ${round + 1} of ${rounds} …`)
      for (const { load, samples } of round % 2 === 0 ? endpoints : endpoints.toReversed())
        samples.push(await load(seconds))
    }
    const rates = endpoints.map(({ samples }) => samples.map(({ perSecond }) => perSecond))
    const ratios = (rates[1] ?? []).map((rate, round) => rate / (rates[0]?.[round] ?? Number.NaN))
    const [label, note] = ['rate of two processes', ` (median of ${formatValues(ratios)})`]
    const cores = availableParallelism()
    return [
      cores < neededCores
        ? informational(
            label,
            `${formatNumber(median(ratios))} ×${note}; the target of 1.7 × needs ${neededCores} cores`,
          )
        : atLeast(label, median(ratios), 1.7, ' ×', note),
      ...endpoints.map(({ samples }, index) =>
        informational(
          `  API_PROCESSES=${counts[index]}`,
          `${formatNumber(median(samples.map(({ perSecond }) => perSecond)))}/s, p99 ${formatNumber(median(samples.map(({ p99Ms }) => p99Ms)))} ms, Node ${formatNumber(median(samples.map(({ nodeCpuMs }) => nodeCpuMs ?? Number.NaN)))} ms, PostgreSQL ${formatNumber(median(samples.map(({ postgresCpuMs }) => postgresCpuMs ?? Number.NaN)))} ms of CPU`,
        ),
      ),
      informational(
        'machine',
        `${cores} cores, load ${formatNumber(loadBefore)} before, ${formatNumber(loadavg()[0] ?? 0)} after`,
      ),
    ]
  } finally {
    await redis.stop()
  }
}
