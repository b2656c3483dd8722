import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, followEvents } from '../../client/client.ts'
import { atMost, type Figure, informational, logProgress } from '../figures.ts'
import { openWorld, type World } from '../world.ts'
import { openPostgresProcesses } from './postgres.ts'

export const title = 'database: PostgreSQL frozen for 15 s, and restarted three times, under load'

const readers = 8
const writers = 6
const freezeMs = 15_000
const restarts = 3

interface Answer {
  kind: 'query' | 'mutation'
  code: string | null
  startMs: number
  endMs: number
}

const reading = '{ mediaList(first: 5) { nodes { id title } } }'
const writing = (name: string) =>
  `mutation { folderCreate(input: { name: "${name}" }) { __typename ... on Error { code } } }`

/** Posts a document. A response that is no GraphQL, or none at all, has the code NO_ANSWER. */
const createPost = (world: World, token: string) => async (query: string, key?: string) => {
  try {
    const response = await fetch(world.graphqlUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify({ query }),
    })
    const { data, errors } = (await response.json()) as {
      data?: { folderCreate?: { __typename: string } }
      errors?: { extensions: { code: string } }[]
    } // as: the response format of GraphQL over HTTP
    return { code: errors?.[0]?.extensions.code ?? null, type: data?.folderCreate?.__typename ?? null }
  } catch {
    return { code: 'NO_ANSWER', type: null }
  }
}

const startLoad = (post: ReturnType<typeof createPost>) => {
  const answers: Answer[] = []
  const acknowledged: string[] = []
  const refused: string[] = []
  let isStopped = false

  const read = async (): Promise<void> => {
    while (!isStopped) {
      const startMs = performance.now()
      const { code } = await post(reading)
      answers.push({ kind: 'query', code, startMs, endMs: performance.now() })
      await sleep(20)
    }
  }
  const write = async (): Promise<void> => {
    while (!isStopped) {
      const [startMs, name] = [performance.now(), randomUUID()]
      const { code, type } = await post(writing(name), name)
      answers.push({ kind: 'mutation', code, startMs, endMs: performance.now() })
      if (type === 'Folder') acknowledged.push(name)
      else refused.push(name)
      await sleep(50)
    }
  }
  const loops = [...Array.from({ length: readers }, read), ...Array.from({ length: writers }, write)]
  return {
    answers,
    acknowledged,
    refused,
    async stop() {
      isStopped = true
      await Promise.all(loops)
    },
  }
}

const startProbes = (world: World) => {
  const seconds: number[] = []
  let isStopped = false
  const probe = async (): Promise<void> => {
    while (!isStopped) {
      const startMs = performance.now()
      await fetch(`${world.origin}/readyz`).then((response) => response.text())
      seconds.push((performance.now() - startMs) / 1000)
      await sleep(200)
    }
  }
  const loop = probe()
  return {
    seconds,
    async stop() {
      isStopped = true
      await loop
    },
  }
}

/** Follows the creation of folders from now on; collects the ids. */
const startFollower = (world: World, token: string) => {
  const ids = new Set<string>()
  const connect = () => createClient({ url: world.graphqlUrl, token, retryAttempts: 0 })
  const events = followEvents({ connect, actions: ['folder.created'] })
  const loop = (async () => {
    for await (const { nodeId } of events) ids.add(nodeId)
  })()
  loop.catch((error: unknown) => logProgress(`The follower failed: ${error}`))
  return ids
}

const waitUntil = async (isReached: () => Promise<boolean> | boolean, timeoutMs: number): Promise<void> => {
  const deadline = performance.now() + timeoutMs
  while (!(await isReached()) && performance.now() < deadline) await sleep(50)
}

const secondsOf = ({ startMs, endMs }: Answer): number => (endMs - startMs) / 1000

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serveApi()
  const postgres = await openPostgresProcesses(world)
  const post = createPost(world, await world.token())
  await post(writing('first'))
  const followedIds = startFollower(world, await world.token('admin'))
  await waitUntil(async () => {
    await post(writing(`until followed ${randomUUID()}`))
    return followedIds.size > 0
  }, 10_000)

  const [load, probes] = [startLoad(post), startProbes(world)]
  /** Resolves to the time until the first success of a call of both kinds that began after the end of a fault. */
  const recover = async (): Promise<number> => {
    const sinceMs = performance.now()
    const firstEnd = (kind: Answer['kind']) =>
      load.answers.find((answer) => answer.kind === kind && answer.code === null && answer.startMs > sinceMs)?.endMs
    const ends = () => [firstEnd('query'), firstEnd('mutation')]
    await waitUntil(() => ends().every((end) => end !== undefined), 60_000)
    return (Math.max(...ends().map((end) => end ?? Number.POSITIVE_INFINITY)) - sinceMs) / 1000
  }

  await sleep(2000)
  logProgress('freezing PostgreSQL')
  await postgres.freeze()
  await sleep(freezeMs)
  await postgres.thaw()
  const afterFreeze = await recover()
  logProgress(`answered ${afterFreeze.toFixed(1)} s after the freeze`)

  const afterRestarts: number[] = []
  for (let restart = 0; restart < restarts; restart++) {
    await sleep(2000)
    await postgres.crash()
    afterRestarts.push(await recover())
    logProgress(`answered ${afterRestarts.at(-1)?.toFixed(1)} s after a crash`)
  }
  await sleep(1000)
  await Promise.all([load.stop(), probes.stop()])

  const repeats = await Promise.all(load.refused.map((name) => post(writing(name), name)))
  const { rows } = await world.database.query('SELECT "id", "name" FROM "Folder"')
  const names = new Set(rows.map(({ name }) => name))
  const isFollowed = () => rows.every(({ id, name }) => !isLoadName(name, load) || followedIds.has(`Folder:${id}`))
  await waitUntil(isFollowed, 20_000)
  const missed = rows.filter(({ id, name }) => isLoadName(name, load) && !followedIds.has(`Folder:${id}`)).length

  const slowest = (kind: Answer['kind']) =>
    Math.max(...load.answers.filter((answer) => answer.kind === kind).map(secondsOf))
  const countOf = (...codes: string[]) =>
    load.answers.filter(({ code }) => code !== null && codes.includes(code)).length
  return [
    atMost('slowest answer to a query', slowest('query'), 11, ' s'),
    atMost('slowest answer to a mutation', slowest('mutation'), 41, ' s'),
    atMost('slowest answer of /readyz', Math.max(...probes.seconds), 2, ' s'),
    atMost('calls answered with INTERNAL_SERVER_ERROR', countOf('INTERNAL_SERVER_ERROR'), 0, ''),
    atMost('calls without an answer', countOf('NO_ANSWER'), 0, ''),
    atMost('acknowledged mutations lost', load.acknowledged.filter((name) => !names.has(name)).length, 0, ''),
    atMost(
      'refused mutations that failed when repeated with their key',
      repeats.filter(({ type }) => type !== 'Folder').length,
      0,
      '',
      ` of ${repeats.length}`,
    ),
    atMost('events missed by a follower', missed, 0, '', ` of ${load.acknowledged.length + repeats.length}`),
    atMost('first success after the freeze', afterFreeze, 5, ' s'),
    atMost('first success after a crash, slowest', Math.max(...afterRestarts), 5, ' s'),
    informational('calls answered', `${countOf('UNAVAILABLE')} UNAVAILABLE of ${load.answers.length}`),
  ]
}

const isLoadName = (name: string, { acknowledged, refused }: { acknowledged: string[]; refused: string[] }): boolean =>
  acknowledged.includes(name) || refused.includes(name)
