import { Agent, request } from 'node:http'
import { print } from 'graphql'
import {
  AssignmentCreateDocument,
  MediaDeleteDocument,
  MediaLinkDocument,
  MediaListDocument,
  MediaRestoreDocument,
  MediaUnlinkDocument,
  MediaUpdateDocument,
} from '../client/generated/documents.ts'
import {
  atLeast,
  atMost,
  type Figure,
  formatNumber,
  formatValues,
  informational,
  logProgress,
  median,
  percentile,
} from './figures.ts'
import type { RunRequest } from './processes/handWrittenChanges.ts'
import type { Job } from './processes/handWrittenStatements.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, readCpuSeconds, type World } from './world.ts'

export const title = 'links: 16 clients change different media, relative to the same statements sent by hand'

const clientCount = 16
const rounds = 5
const mediaCount = 12_000
const cycle = ['link', 'update', 'tag', 'unlink', 'delete', 'restore'] as const

interface Load {
  durationsMs: number[]
  perSecond: number
}

/** Jobs of a round: each names media and lessons that no other job names, in 4 courses of 4 chapters. */
type Plan = () => Job[][]

const createPlans = (mediaIds: string[], userIds: string[]): Record<'links' | 'mix', Plan> => {
  let lessonCount = 0
  const createJob = (operation: Job['operation'], client: number): Job => {
    const mediaId = mediaIds.pop()
    if (mediaId === undefined) throw new Error('All seeded media are used.')
    const place = ++lessonCount % 16
    return {
      operation,
      mediaId,
      userId: userIds[client] ?? '',
      chain: [`course-${place % 4}`, `chapter-${place}`, `lesson-${lessonCount}`],
    }
  }
  const perClient = (createJobs: (client: number) => Job[]) =>
    Array.from({ length: clientCount }, (_, n) => createJobs(n))
  return {
    links: () => perClient((client) => Array.from({ length: 20 }, () => createJob('link', client))),
    mix: () =>
      perClient((client) =>
        Array.from({ length: 3 }, () => {
          const job = createJob('link', client)
          return [...cycle.map((operation) => ({ ...job, operation })), createJob('assign', client)]
        }).flat(),
      ),
  }
}

const toCall = ({ operation, mediaId, userId, chain: [course = '', chapter = '', lesson = ''] }: Job) => {
  const id = `Media:${mediaId}`
  const named = (type: string, externalId: string) => ({ type, externalId, title: externalId })
  const parent = { ...named('chapter', chapter), parent: named('course', course) }
  switch (operation) {
    case 'link':
    case 'shortLink':
    case 'linkByStep':
      return [MediaLinkDocument, { input: { mediaId: id, resource: { ...named('lesson', lesson), parent } } }] as const
    case 'unlink':
      return [
        MediaUnlinkDocument,
        { input: { mediaId: id, resource: { type: 'lesson', externalId: lesson } } },
      ] as const
    case 'update':
      return [MediaUpdateDocument, { input: { id, title: `Lecture ${lesson}` } }] as const
    case 'tag':
      return [MediaUpdateDocument, { input: { id, tags: ['algebra', 'bench'] } }] as const
    case 'assign':
      return [AssignmentCreateDocument, { input: { mediaId: id, userId: `User:${userId}` } }] as const
    case 'delete':
      return [MediaDeleteDocument, { input: { id } }] as const
    case 'restore':
      return [MediaRestoreDocument, { id }] as const
  }
}

const bodyOf = (job: Job): string => {
  const [document, variables] = toCall(job)
  return JSON.stringify({ query: print(document), variables })
}

const runByHttp = async (world: World, token: string, clients: Job[][]): Promise<Load> => {
  const agent = new Agent({ keepAlive: true, maxSockets: clientCount })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' }
  const post = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const outgoing = request(world.graphqlUrl, { method: 'POST', headers, agent }, (response) => {
        response
          .setEncoding('utf8')
          .toArray()
          .then((parts) => resolve(parts.join('')), reject)
      })
      outgoing.on('error', reject).end(body)
    })
  const work = async (bodies: string[]): Promise<number[]> => {
    const durationsMs: number[] = []
    for (const body of bodies) {
      const startMs = performance.now()
      const answer = await post(body)
      durationsMs.push(performance.now() - startMs)
      if (/"errors":|Error"/.test(answer)) throw new Error(`A mutation was refused: ${answer.slice(0, 500)}`)
    }
    return durationsMs
  }
  const bodies = clients.map((jobs) => jobs.map(bodyOf))
  const startMs = performance.now()
  const durationsMs = (await Promise.all(bodies.map(work))).flat()
  agent.destroy()
  return { durationsMs, perSecond: durationsMs.length / ((performance.now() - startMs) / 1000) }
}

/** Creates the caller, who becomes the uploader of all media, and a learner for each client. */
const prepare = async (world: World) => {
  await seedMediaRows(world.database, mediaCount)
  const client = await world.client()
  await client.send(MediaListDocument, { first: 1 })
  await world.database.query(
    `INSERT INTO "User" (id, "externalId", name) SELECT gen_random_uuid(), 'learner-' || n, 'Learner' FROM generate_series(1, $1) AS n`,
    [clientCount],
  )
  await world.database.query(`UPDATE "Media" SET "uploadedById" = (SELECT id FROM "User" WHERE "externalId" = 'ada')`)
  await world.database.query('VACUUM ANALYZE')
  const readIds = async (sql: string): Promise<string[]> => (await world.database.query(sql)).rows.map(({ id }) => id)
  const [actorId = ''] = await readIds(`SELECT id FROM "User" WHERE "externalId" = 'ada'`)
  const learners = await readIds(`SELECT id FROM "User" WHERE "externalId" LIKE 'learner-%'`)
  return { actorId, ...createPlans(await readIds('SELECT id FROM "Media"'), learners) }
}

const describe = (loads: Load[]): string => {
  const all = loads.flatMap(({ durationsMs }) => durationsMs)
  const perSecond = formatNumber(median(loads.map((load) => load.perSecond)))
  return `${perSecond}/s, p50 ${formatNumber(percentile(all, 0.5))} ms, p99 ${formatNumber(percentile(all, 0.99))} ms`
}

const ratiosOf = (ours: Load[], byHand: Load[]): number[] =>
  ours.map(({ perSecond }, round) => perSecond / (byHand[round]?.perSecond ?? Number.NaN))

/** Jobs whose links are made by other statements than those of the mutation: yardsticks. */
const withLinks = (clients: Job[][], operation: 'shortLink' | 'linkByStep'): Job[][] =>
  clients.map((jobs) => jobs.map((job) => (job.operation === 'link' ? { ...job, operation } : job)))

interface Rounds {
  ours: Load[]
  /** The statements of the mutation. */
  same: Load[]
  short: Load[]
  /** Statements of the mutation before they were combined. */
  steps: Load[]
  cpuMs: number[]
}

/** The target is for links alone. */
const figuresOf = (name: string, { ours, same, short, steps, cpuMs }: Rounds): Figure[] => {
  const ratios = ratiosOf(ours, same)
  const ratioNote = ` (median of ${formatValues(ratios)})`
  const p99 = ours.map(({ durationsMs }) => percentile(durationsMs, 0.99))
  const p99Note = ` (median of ${formatValues(p99)})`
  const [ratioLabel, p99Label] = [`${name}: ratio to hand`, `${name}: p99`]
  const promises =
    name === 'links'
      ? [atLeast(ratioLabel, median(ratios), 0.5, ' ×', ratioNote), atMost(p99Label, median(p99), 200, ' ms', p99Note)]
      : [
          informational(ratioLabel, `${formatNumber(median(ratios))} ×${ratioNote}`),
          informational(p99Label, `${formatNumber(median(p99))} ms${p99Note}`),
        ]
  return [
    ...promises,
    informational('  ratio to hand, links by shorter statements', formatValues(ratiosOf(ours, short), ' ×')),
    informational('  ratio to hand, links by one statement per step', formatValues(ratiosOf(ours, steps), ' ×')),
    informational('  the server', describe(ours)),
    informational('  CPU of its process per change', formatValues(cpuMs, ' ms')),
    informational('  by hand', describe(same)),
    informational('  by hand, links by shorter statements', describe(short)),
    informational('  by hand, links by one statement per step', describe(steps)),
  ]
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const { pid } = await world.serveApi()
  const hand = await world.forkHelper('handWrittenChanges')
  const token = await world.token()
  logProgress(`Seeding ${mediaCount} media …`)
  const { actorId, ...plans } = await prepare(world)
  const runByHand = (clients: Job[][]) => hand.call<Load>({ actorId, clients } satisfies RunRequest)
  const figures: Figure[] = []
  for (const [name, plan] of Object.entries(plans)) {
    for (let warmUp = 0; warmUp < 2; warmUp++) await runByHttp(world, token, plan())
    const rows: Rounds = { ours: [], same: [], short: [], steps: [], cpuMs: [] }
    for (const jobs of [plan(), withLinks(plan(), 'shortLink'), withLinks(plan(), 'linkByStep')]) await runByHand(jobs)
    // Otherwise, both sides would keep plans that were made for empty tables.
    await world.database.query('VACUUM ANALYZE')
    for (let round = 0; round < rounds; round++) {
      const cpuSeconds = (await readCpuSeconds(pid)) ?? 0
      const load = await runByHttp(world, token, plan())
      rows.ours.push(load)
      rows.cpuMs.push(((((await readCpuSeconds(pid)) ?? 0) - cpuSeconds) * 1000) / load.durationsMs.length)
      rows.short.push(await runByHand(withLinks(plan(), 'shortLink')))
      rows.same.push(await runByHand(plan()))
      rows.steps.push(await runByHand(withLinks(plan(), 'linkByStep')))
      const latest = [rows.ours, rows.same, rows.short, rows.steps].map((loads) => loads.at(-1)?.perSecond ?? 0)
      logProgress(`${name}: ${latest.map((perSecond) => formatNumber(perSecond)).join(', ')}/s`)
    }
    figures.push(...figuresOf(name, rows))
  }
  return figures
}
