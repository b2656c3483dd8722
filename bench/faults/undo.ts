import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import {
  AssignmentBatchCreateDocument,
  AssignmentCreateDocument,
  AssignmentUndoDocument,
} from '../../client/generated/documents.ts'
import { atLeast, atMost, type Figure, informational, logProgress, percentile } from '../figures.ts'
import { seedMediaRows } from '../seed.ts'
import { openWorld, type World } from '../world.ts'

export const title = 'undo: hundreds of undos in the last second of their window, in a crowd of new assignments'

const undoCount = 300
const newCount = 300
const batchSize = 2000
/** Undos and new assignments are sent evenly within this time, the last second of the undo window. */
const crowdMs = 1000
const probeIntervalMs = 20

/** Result of a mutation; a GraphQL error counts as one that is named by its code. */
interface Answer {
  __typename: string
  id?: string
}

/** Creates a client that costs less time than fetch: 600 calls in a second would otherwise wait in this process. */
const createSender = (url: string, token: string) => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: undoCount + newCount })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const send = async <Variables>(document: TypedDocumentNode<unknown, Variables>, variables: Variables) => {
    const body = Buffer.from(JSON.stringify({ query: print(document), variables }))
    const call = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } })
    const response = once(call, 'response')
    call.end(body)
    const [message]: IncomingMessage[] = await response
    // as: every document of this file has one field, whose type is a union
    const { data, errors } = (await json(message as IncomingMessage)) as {
      data?: Record<string, Answer>
      errors?: { extensions: { code: string } }[]
    }
    return Object.values(data ?? {})[0] ?? { __typename: errors?.[0]?.extensions.code ?? 'no code' }
  }
  /** Opens a connection for each call of the crowd: the server accepts one per round of its event loop. */
  const connect = async (): Promise<void> => {
    const open = async () => {
      const [response]: IncomingMessage[] = await once(request(new URL('/livez', url), { agent }).end(), 'response')
      await once(response?.resume() as IncomingMessage, 'end') // as: every response has a message
    }
    await Promise.all(Array.from({ length: undoCount + newCount }, open))
  }
  return { send, connect, close: () => agent.destroy() }
}
type Send = ReturnType<typeof createSender>['send']

/** Measures how long the server takes to answer a request that needs no work, until it is stopped. */
const startProbes = (origin: string) => {
  let slowestMs = 0
  let isStopped = false
  const probe = async (): Promise<void> => {
    while (!isStopped) {
      const startMs = performance.now()
      await (await fetch(`${origin}/livez`)).text()
      slowestMs = Math.max(slowestMs, performance.now() - startMs)
      await sleep(probeIntervalMs)
    }
  }
  const probing = probe()
  return async (): Promise<number> => {
    isStopped = true
    await probing
    return slowestMs
  }
}

interface Crowd {
  mediaId: string
  /** Assignments to undo. */
  assignmentIds: string[]
  /** Users who get the media meanwhile. */
  userIds: string[]
}

const sendCrowd = async (world: World, send: Send, { mediaId, assignmentIds, userIds }: Crowd) => {
  const stopProbes = startProbes(world.origin)
  // Ends all windows at one moment. This process, server and database share the clock of the machine.
  const windowEndMs = Date.now() + crowdMs
  await world.database.query('UPDATE "Assignment" SET "undoableUntil" = $1', [new Date(windowEndMs)])
  const undo = async (id: string, index: number) => {
    await sleep((index / assignmentIds.length) * crowdMs)
    const [leadMs, startMs] = [windowEndMs - Date.now(), performance.now()]
    return { ...(await send(AssignmentUndoDocument, { id })), leadMs, delayMs: performance.now() - startMs }
  }
  const create = async (userId: string, index: number) => {
    await sleep((index / newCount) * crowdMs)
    return send(AssignmentCreateDocument, { input: { mediaId, userId } })
  }
  const input = { mediaId, userIds: userIds.slice(newCount) }
  const batch = send(AssignmentBatchCreateDocument, { input, first: 1 })
  const creations = Promise.all(userIds.slice(0, newCount).map(create))
  const undos = await Promise.all(assignmentIds.map(undo))
  const slowestProbeMs = await stopProbes()
  return { undos, slowestProbeMs, creations: await creations, batch: await batch }
}

const count = (answers: readonly Answer[], isCounted: (typename: string) => boolean): number =>
  answers.filter(({ __typename }) => isCounted(__typename)).length
const describe = (answers: readonly Answer[]): string =>
  [...Map.groupBy(answers, ({ __typename }) => __typename)].map(([name, all]) => `${name}: ${all.length}`).join(', ')
const isRefusal = (typename: string): boolean => typename !== 'Assignment'

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serveApi()
  const { send, connect, close } = createSender(world.graphqlUrl, await world.token())
  const readIds = async (type: string, sql: string): Promise<string[]> =>
    (await world.database.query(sql)).rows.map(({ id }) => `${type}:${id}`)
  await seedMediaRows(world.database, 10)
  await world.database.query(
    `INSERT INTO "User" (id, "externalId", name) SELECT gen_random_uuid(), 'learner-' || n, 'Learner ' || n
     FROM generate_series(1, ${undoCount + newCount + batchSize}) AS n`,
  )
  const [mediaId = ''] = await readIds('Media', `SELECT id FROM "Media" WHERE status = 'READY' LIMIT 1`)
  const userIds = await readIds('User', `SELECT id FROM "User" WHERE "externalId" LIKE 'learner-%'`)
  logProgress(`Assigning one media to ${undoCount} users …`)
  for (let from = 0; from < undoCount; from += 20)
    await Promise.all(
      userIds.slice(from, from + 20).map((userId) => send(AssignmentCreateDocument, { input: { mediaId, userId } })),
    )

  const assignmentIds = await readIds('Assignment', 'SELECT id FROM "Assignment"')
  await connect()
  const crowd = await sendCrowd(world, send, { mediaId, assignmentIds, userIds: userIds.slice(undoCount) })
  close()
  const undone = await readIds('Assignment', `SELECT id FROM "Assignment" WHERE status = 'UNDONE'`)
  const { undos, creations, batch, slowestProbeMs } = crowd
  // Later ones may have reached the process after the end of the window.
  const inTime = undos.filter(({ leadMs }) => leadMs > slowestProbeMs)
  const delaysMs = undos.map(({ delayMs }) => delayMs)
  return [
    atLeast('undos sent in time', inTime.length, 50, '', ` of ${undos.length}`),
    atMost('undos sent in time that were refused', count(inTime, isRefusal), 0, '', ` (${describe(inTime)})`),
    atMost(
      'undos told to try again',
      count(undos, (name) => name === 'RATE_LIMITED'),
      0,
      '',
    ),
    atMost(
      'answers that differ from the database',
      Math.abs(count(undos, (name) => !isRefusal(name)) - undone.length),
      0,
      '',
    ),
    atMost(`new assignments refused, of ${newCount}`, count(creations, isRefusal), 0, '', ` (${describe(creations)})`),
    informational('answers to all undos', describe(undos)),
    informational(
      'time of an undo',
      `p50 ${percentile(delaysMs, 0.5).toFixed(0)} ms, max ${percentile(delaysMs, 1).toFixed(0)} ms`,
    ),
    informational('slowest probe of the server', `${slowestProbeMs.toFixed(0)} ms`),
    informational(`batch of ${batchSize} users meanwhile`, describe([batch])),
  ]
}
