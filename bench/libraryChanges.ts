import { setTimeout as sleep } from 'node:timers/promises'
import { MediaUpdateDocument } from '../client/generated/documents.ts'
import { type Figure, formatNumber, informational, logProgress, percentile } from './figures.ts'
import type { CountRequest } from './processes/listServer.ts'
import type { ListSubscribersRequest, ReceivedChanges } from './processes/listSubscribers.ts'
import { seedMediaRows } from './seed.ts'
import { type Helper, openWorld, type World } from './world.ts'

const mediaCount = 100_000
const subscriberCount = 1000
const events = 10
/** More than the second in which changes are collected. */
const intervalMs = 1500
const windowMs = 1000

export const title = `libraryChanges: statements and delay per event of a list of ${mediaCount} media`

interface Round {
  openMs: number
  statementsPerEvent: number
  /** Time from the change to the frame, without the second in which changes are collected. */
  delaysMs: number[]
  lostCount: number
}

const measure = async (world: World, server: Helper, ids: string[], count: number): Promise<Round> => {
  const subscribers = await world.forkHelper('listSubscribers')
  const call = <Reply>(request: ListSubscribersRequest) => subscribers.call<Reply>(request)
  const client = await world.client()
  const update = async (index: number) => {
    const input = { id: `Media:${ids[index % ids.length]}`, title: `Lecture of ${count} ${index}` }
    const { mediaUpdate } = await client.send(MediaUpdateDocument, { input })
    if (mediaUpdate.__typename !== 'Media') throw new Error(`The change was refused: ${mediaUpdate.__typename}`)
    return Number(process.hrtime.bigint()) / 1e6
  }
  const startMs = performance.now()
  const url = world.graphqlUrl.replace(/^http/, 'ws')
  await call({ type: 'open', url, token: await world.token(), filter: { kinds: ['VIDEO'] }, count })
  const openMs = performance.now() - startMs
  await sleep(500)
  await server.call<number>({ type: 'count' } satisfies CountRequest)
  const changedMs: number[] = []
  for (let index = 0; index < events; index++) {
    changedMs.push(await update(index))
    await sleep(intervalMs)
  }
  await sleep(windowMs)
  const statements = await server.call<number>({ type: 'count' } satisfies CountRequest)
  const frames = await call<ReceivedChanges[][]>({ type: 'collect' })
  await subscribers.stop()
  return {
    openMs,
    statementsPerEvent: statements / events,
    delaysMs: frames.flatMap((own) => own.map(({ atMs }, index) => atMs - (changedMs[index] ?? Number.NaN) - windowMs)),
    lostCount: frames.reduce((sum, own) => sum + events - own.length, 0),
  }
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedMediaRows(world.database, mediaCount)
  const server = await world.forkHelper('listServer', { NODE_ENV: 'production', HOST: '127.0.0.1' })
  const { rows } = await world.database.query<{ id: string }>(`SELECT id FROM "Media" LIMIT ${events}`)
  const ids = rows.map(({ id }) => id)
  // The changes are made by Ada, who may change only media of her own.
  await (await world.client()).send(MediaUpdateDocument, { input: { id: `Media:${ids[0]}`, title: 'Lecture' } })
  await world.database.query(
    `
    UPDATE "Media" SET "uploadedById" = (SELECT id FROM "User" WHERE "externalId" = 'ada') WHERE id = ANY($1::uuid[])`,
    [ids],
  )
  await measure(world, server, ids, 2) // compiles the code
  const [one, many] = [await measure(world, server, ids, 1), await measure(world, server, ids, subscriberCount)]
  logProgress(`statements per event: ${one.statementsPerEvent}, ${many.statementsPerEvent}`)
  return [
    {
      figure: `SQL statements per event with 1 and ${subscriberCount} subscribers, with those of the change`,
      measured: `${formatNumber(one.statementsPerEvent)}, ${formatNumber(many.statementsPerEvent)}`,
      target: 'equal',
      met: one.statementsPerEvent === many.statementsPerEvent,
    },
    informational(
      `  delay after the second of collection, ${subscriberCount} subscribers`,
      `p99 ${formatNumber(percentile(many.delaysMs, 0.99))} ms, ${many.lostCount} events lost`,
    ),
    informational('  delay with 1 subscriber', `p99 ${formatNumber(percentile(one.delaysMs, 0.99))} ms`),
    informational(
      '  time until one subscriber, and all of them, have the first event',
      `${formatNumber(one.openMs)}, ${formatNumber(many.openMs)} ms`,
    ),
  ]
}
