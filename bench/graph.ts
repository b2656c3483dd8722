import { availableParallelism, loadavg } from 'node:os'
import { startRedis } from '../test/harness/redis.ts'
import { type Figure, formatNumber, informational, logProgress } from './figures.ts'
import { compareAnswers } from './graph/answers.ts'
import { casesOf, isMeasured, startWrites } from './graph/cases.ts'
import { findPostmaster } from './graph/cpu.ts'
import { type DocumentName, documents } from './graph/documents.ts'
import { type Case, measure, type Sample } from './graph/measure.ts'
import { promiseFigures } from './graph/promises.ts'
import { readRequestedIds, seedGraph } from './graph/seed.ts'
import { callOf, type Endpoint, servers, startServer } from './graph/servers.ts'
import { sampleFigures } from './graph/table.ts'
import { openWorld, type World } from './world.ts'

export const title = 'graph: queries of a signed-in caller, beside PostGraphile, hand-written SQL and static data'

// `BENCH_ROUNDS=1 BENCH_SECONDS=1 BENCH_CONNECTIONS=16 BENCH_DOCUMENTS=nested BENCH_SERVERS=product,PostGraphile`
// measures less; `BENCH_PROFILE=folder` writes CPU profiles of the product, which bench/profile.ts reads.
// Many short rounds: the median of their ratios depends less on other programs of the machine than that of a few long ones.
const rounds = Number(process.env.BENCH_ROUNDS ?? 9)
const seconds = Number(process.env.BENCH_SECONDS ?? 1)
const warmUpSeconds = 0.3
const connectionCounts = (process.env.BENCH_CONNECTIONS ?? '1,16,64').split(',').map(Number)
const maxConnections = Math.max(...connectionCounts)
const documentNames = (Object.keys(documents) as DocumentName[]).filter(isRequested('BENCH_DOCUMENTS')) // as: keys of the record
const rows = servers.filter(({ name }) => isRequested('BENCH_SERVERS')(name))

function isRequested(variable: string) {
  const names = process.env[variable]?.split(',')
  return (name: string): boolean => names?.includes(name) ?? true
}

interface Session {
  world: World
  endpoints: Endpoint[]
  /** Media that are requested in turn, as UUIDs. */
  mediaIds: string[]
  token: string
}

const openSession = async (world: World, redisUrl: string): Promise<Session> => {
  await seedGraph(world.database)
  const mediaIds = await readRequestedIds(world.database)
  const profile = process.env.BENCH_PROFILE
  const endpoints: Endpoint[] = []
  for (const row of rows) {
    const options = profile && row.name === 'product' ? `--cpu-prof --cpu-prof-dir=${profile}` : ''
    const env = { REDIS_URL: redisUrl, NODE_OPTIONS: options }
    endpoints.push(await startServer(world, row, env))
  }
  return { world, endpoints, mediaIds, token: await world.token() }
}

/** Another order in each round, so that no server always follows the same one. */
const rotate = <Item>(items: readonly Item[], by: number): Item[] =>
  items.map((_, index) => items[(index + by) % items.length] as Item) // as: the index is in range

const measureRounds = async ({ world, endpoints, mediaIds, token }: Session): Promise<Sample[][]> => {
  const clients = await world.forkHelper('graphClients')
  const postgres = await findPostmaster(world.database)
  const run = (endpoint: Endpoint, { document, connections }: Case, durationSeconds: number) =>
    measure(
      clients,
      {
        ...callOf(endpoint.row, document, mediaIds, token),
        port: endpoint.port,
        connections,
        seconds: durationSeconds,
      },
      { node: endpoint.pid, postgres },
    )
  const results: Sample[][] = []
  for (const document of documentNames)
    for (const endpoint of endpoints)
      await run(endpoint, { server: endpoint.row.name, document, connections: maxConnections, hasWrites: false }, 3) // compiles the code, opens the pools
  for (let round = 0; round < rounds; round++) {
    const samples: Sample[] = []
    for (const item of casesOf(documentNames, connectionCounts))
      for (const endpoint of rotate(endpoints, round).filter(({ row }) => isMeasured(row.name, item))) {
        const one = { ...item, server: endpoint.row.name }
        const writes = item.hasWrites ? startWrites(world.database) : null
        await run(endpoint, one, warmUpSeconds)
        samples.push({ ...one, ...(await run(endpoint, one, seconds)) })
        await writes?.stop()
      }
    results.push(samples)
    logProgress(`Round ${round + 1} of ${rounds} …`)
  }
  return results
}

export const run = async (): Promise<Figure[]> => {
  const redis = await startRedis()
  try {
    await using world = await openWorld()
    const session = await openSession(world, redis.url)
    for (const document of documentNames)
      await compareAnswers(session.endpoints, document, session.mediaIds, session.token)
    const [loadBefore] = loadavg()
    const results = await measureRounds(session)
    return [
      ...promiseFigures(results),
      ...sampleFigures(results),
      informational(
        'machine',
        `${availableParallelism()} cores, load ${formatNumber(loadBefore ?? 0)} before, ${formatNumber(loadavg()[0] ?? 0)} after`,
      ),
    ]
  } finally {
    await redis.stop()
  }
}
