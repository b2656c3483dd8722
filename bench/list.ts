import { deepStrictEqual } from 'node:assert'
import { Agent, request } from 'node:http'
import { createLogger } from '../src/adapters/logger.ts'
import { openRuntime } from '../src/adapters/runtime.ts'
import { startServer } from '../src/server.ts'
import { readConfig } from '../src/services/config/config.ts'
import { freePort } from '../test/harness/port.ts'
import { type Figure, formatNumber, formatValues, informational, logProgress, median, percentile } from './figures.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, type World } from './world.ts'

export const title = 'list: mediaList with versions, renditions and history, 10,000 media'

const query = `
  query ($first: Int) {
    mediaList(first: $first) {
      edges {
        node {
          id title kind status mimeType sizeBytes uploadedAt tags
          renditions { ...RenditionFields }
          versions(first: 2) { nodes { id number status sizeBytes createdAt renditions { ...RenditionFields } } }
          history(first: 3) { nodes { id at action data } }
        }
      }
      pageInfo { hasNextPage }
    }
  }
  fragment RenditionFields on Rendition { id profile status percent mimeType sizeBytes width height }`

interface Call {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body: string
}

/** Every answer is computed. */
const uncached = { ANSWER_CACHE_MB: '0' }

const rounds = 3
const roundMs = 4000
const concurrency = 8

const send = (call: Call, agent: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    const outgoing = request(call.url, { method: call.method, headers: call.headers, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${call.url} responded with ${response.statusCode}: ${text.slice(0, 500)}`))
      })
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(call.body)
  })

interface Load {
  durationsMs: number[]
  perSecond: number
}

/** Sends requests over a number of connections at once for `durationMs`. Returns each duration and the throughput. */
const measureLoad = async (call: Call, connections: number, durationMs: number): Promise<Load> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const durationsMs: number[] = []
  const startMs = performance.now()
  const work = async (): Promise<void> => {
    while (performance.now() - startMs < durationMs) {
      const sentMs = performance.now()
      await send(call, agent)
      durationsMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  agent.destroy()
  return { durationsMs, perSecond: durationsMs.length / ((performance.now() - startMs) / 1000) }
}

const graphqlCall = async (world: World, first: number, url = world.graphqlUrl): Promise<Call> => ({
  url,
  method: 'POST',
  headers: {
    authorization: `Bearer ${await world.token()}`,
    'content-type': 'application/json',
    accept: 'application/json',
  },
  body: JSON.stringify({ query, variables: { first } }),
})

const countStatements = async (world: World): Promise<{ first: number; statements: number }[]> => {
  const port = await freePort()
  const config = readConfig({ ...world.env, ...uncached, PORT: String(port) })
  let statements = 0
  const onStatement = () => {
    statements += 1
  }
  const runtime = await openRuntime({ config, log: createLogger('error'), isWorker: false, onStatement })
  try {
    await startServer(runtime)
    const agent = new Agent()
    const counts: { first: number; statements: number }[] = []
    for (const first of [5, 5, 20, 100]) {
      const call = await graphqlCall(world, first, `http://127.0.0.1:${port}/graphql`)
      statements = 0
      const rows: unknown[] = JSON.parse(await send(call, agent)).data.mediaList.edges
      if (rows.length !== first) throw new Error(`Requested ${first} media, received ${rows.length}.`)
      counts.push({ first, statements })
    }
    // Drops the first call: it also creates the user.
    return counts.slice(1)
  } finally {
    await runtime.close()
  }
}

const formatPercentile = (values: number[], share: number): string => formatNumber(percentile(values, share))

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedMediaRows(world.database, 10_000)
  const counts = await countStatements(world)

  await world.serveApi(uncached)
  const helper = await world.forkHelper('handWrittenList')
  const { port } = await helper.call<{ port: number }>({})
  const ourCall = await graphqlCall(world, 20)
  const handWrittenCall: Call = { url: `http://127.0.0.1:${port}/?first=20`, method: 'GET', headers: {}, body: '' }
  const agent = new Agent()
  // Comparing speed is fair only if both responses are identical.
  deepStrictEqual(JSON.parse(await send(ourCall, agent)), JSON.parse(await send(handWrittenCall, agent)))

  for (const call of [ourCall, handWrittenCall]) await measureLoad(call, concurrency, 2000)
  const results: { ours: Load; handWritten: Load }[] = []
  for (let round = 0; round < rounds; round++) {
    const [ours, handWritten] = [
      await measureLoad(ourCall, concurrency, roundMs),
      await measureLoad(handWrittenCall, concurrency, roundMs),
    ]
    logProgress(
      `Round ${round + 1}: ${formatNumber(ours.perSecond)}/s, hand-written ${formatNumber(handWritten.perSecond)}/s`,
    )
    results.push({ ours, handWritten })
  }
  const [oursSerial, handWrittenSerial] = [
    await measureLoad(ourCall, 1, roundMs),
    await measureLoad(handWrittenCall, 1, roundMs),
  ]
  const ratios = results.map(({ ours, handWritten }) => ours.perSecond / handWritten.perSecond)
  const latency = (durationsMs: number[]) =>
    `p50 ${formatPercentile(durationsMs, 0.5)} ms, p95 ${formatPercentile(durationsMs, 0.95)} ms`
  const all = (side: 'ours' | 'handWritten') => results.flatMap((result) => result[side].durationsMs)
  const perSecond = (side: 'ours' | 'handWritten') =>
    formatNumber(median(results.map((result) => result[side].perSecond)))

  return [
    {
      figure: 'SQL statements for 5, 20, 100 rows',
      measured: counts.map(({ statements }) => statements).join(', '),
      target: 'constant',
      met: new Set(counts.map(({ statements }) => statements)).size === 1,
    },
    informational(
      `requests/s, ${concurrency} concurrent: ratio to hand-written SQL`,
      `${formatNumber(median(ratios))} (median of ${formatValues(ratios)})`,
    ),
    informational(`  mediaList(first: 20)`, `${perSecond('ours')}/s, ${latency(all('ours'))}`),
    informational(`  hand-written`, `${perSecond('handWritten')}/s, ${latency(all('handWritten'))}`),
    informational(`one request at a time: mediaList(first: 20)`, latency(oursSerial.durationsMs)),
    informational(`  hand-written`, latency(handWrittenSerial.durationsMs)),
  ]
}
