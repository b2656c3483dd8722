import { setTimeout as sleep } from 'node:timers/promises'
import {
  MediaBulkDeleteDocument,
  MediaBulkRestoreDocument,
  MediaBulkTagDocument,
  OperationProgressDocument,
} from '../client/generated/documents.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, logProgress, median } from './figures.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, type World } from './world.ts'

export const title =
  'operation: changes of 10,000 media, relative to one SQL statement that writes the same rows and events'

const count = 10_000
const rounds = 3

type Client = Awaited<ReturnType<World['client']>>
type ErrorPolicy = 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS'

const targetOf = (errorPolicy: ErrorPolicy) => {
  return { filter: { kinds: ['VIDEO' as const] }, expectedCount: count, errorPolicy }
}

/** Change of all media: by the API, and by SQL that writes the same log rows. */
interface Change {
  name: string
  target: number
  /** Returns the mutation's result. */
  request(client: Client, errorPolicy: ErrorPolicy, round: string): Promise<{ __typename: string; id?: string }>
  sql: string
  values(round: string): string[]
}

const logged = (action: string, data: string) =>
  `INSERT INTO "Event" (id, action, "actorId", "nodeType", "nodeId", "mediaId", data)
   SELECT gen_random_uuid(), '${action}', "uploadedById", 'Media', id, id, ${data} FROM changed`

const changes: Change[] = [
  {
    name: 'tag',
    target: 1.5,
    request: async (client, errorPolicy, round) =>
      (await client.send(MediaBulkTagDocument, { input: { target: targetOf(errorPolicy), add: [round] } }))
        .mediaBulkTag,
    sql: `WITH changed AS (
        UPDATE "Media" SET tags = tags || $1::text, "tagKeys" = "tagKeys" || $1::text, "updatedAt" = now()
        WHERE kind = 'VIDEO' AND "deletedAt" IS NULL RETURNING id, tags, "uploadedById"
      ) ${logged('media.updated', `jsonb_build_object('tags', jsonb_build_object('from', tags[:array_length(tags, 1) - 1], 'to', tags))`)}`,
    values: (round) => [round],
  },
  {
    name: 'delete',
    target: 2,
    request: async (client, errorPolicy) =>
      (await client.send(MediaBulkDeleteDocument, { input: targetOf(errorPolicy) })).mediaBulkDelete,
    sql: `WITH changed AS (
        UPDATE "Media" SET "deletedAt" = now(), "deletedById" = "uploadedById", "purgeAt" = now() + interval '30 days'
        WHERE kind = 'VIDEO' AND "deletedAt" IS NULL RETURNING id, "uploadedById", "purgeAt"
      ) ${logged('media.deleted', `jsonb_build_object('forced', false, 'usageCount', 0, 'assignmentCount', 0, 'purgeAt', "purgeAt")`)}`,
    values: () => [],
  },
  {
    name: 'restore',
    target: 2,
    request: async (client, errorPolicy) =>
      (await client.send(MediaBulkRestoreDocument, { input: targetOf(errorPolicy) })).mediaBulkRestore,
    sql: `WITH changed AS (
        UPDATE "Media" SET "deletedAt" = NULL, "deletedById" = NULL, "purgeAt" = NULL
        WHERE kind = 'VIDEO' AND "deletedAt" IS NOT NULL RETURNING id, "uploadedById"
      ) ${logged('media.restored', `'{"lostResourceIds": [], "lostUserIds": []}'::jsonb`)}`,
    values: () => [],
  },
]

/** Waits until all events are numbered, so that the sequencer does not work on those of an earlier measurement. */
const waitForSequencer = async ({ database }: World): Promise<void> => {
  const isWaiting = async () => (await database.query('SELECT FROM "EventPending" LIMIT 1')).rowCount !== 0
  while (await isWaiting()) await sleep(20)
}

/** Measures the time from the mutation to the last event of its progress. */
const measureOperationMs = async (
  world: World,
  client: Client,
  change: Change,
  errorPolicy: ErrorPolicy,
  round: string,
): Promise<number> => {
  await waitForSequencer(world)
  const startMs = performance.now()
  const operation = await change.request(client, errorPolicy, round)
  if (operation.id === undefined) throw new Error(`Failed to start the operation: ${JSON.stringify(operation)}`)
  let lastState = ''
  for await (const { operationProgress } of client.follow(OperationProgressDocument, { id: operation.id }))
    lastState = `${operationProgress.status} ${operationProgress.processed}`
  if (lastState !== `COMPLETED ${count}`) throw new Error(`The operation ended as ${lastState}.`)
  return performance.now() - startMs
}

const measureSqlMs = async (world: World, { sql, values }: Change, round: string): Promise<number> => {
  await waitForSequencer(world)
  const startMs = performance.now()
  const { rowCount } = await world.database.query(sql, values(round))
  if (rowCount !== count) throw new Error(`The SQL wrote ${rowCount} events.`)
  return performance.now() - startMs
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  // The seeded media have no bytes: without this, their faults would be found and logged meanwhile.
  await world.serve('scripts/start.ts', { SCRUB_BYTES_PER_SECOND: '0' })
  const client = await world.client()
  logProgress(`Seeding ${count} media …`)
  await seedMediaRows(world.database, count)
  // An editor may change only her own media. A first call creates the user; then she becomes the uploader of all media.
  await client.send(MediaBulkTagDocument, {
    input: { target: { ids: ['Media:019a5b3c-0000-7000-8000-000000000000'] }, add: ['x'] },
  })
  await world.database.query(`
    UPDATE "Media" SET "uploadedById" = (SELECT id FROM "User" WHERE "externalId" = 'ada'),
      "tagKeys" = ARRAY(SELECT lower(tag) FROM unnest(tags) AS tag)`)
  await world.database.query('VACUUM ANALYZE')
  const policies = ['REJECT_FAILED_ROWS', 'REJECT_EVERYTHING'] as const
  const measured = changes.map((change) => {
    return {
      change,
      sqlMs: [] as number[],
      ratios: { REJECT_FAILED_ROWS: [] as number[], REJECT_EVERYTHING: [] as number[] },
    }
  })
  for (let round = 0; round < rounds; round++) {
    const sqlMs = []
    for (const { change } of measured) sqlMs.push(await measureSqlMs(world, change, `sql-${round}`))
    for (const [index, ms] of sqlMs.entries()) measured[index]?.sqlMs.push(ms)
    for (const policy of policies)
      for (const [index, { change, ratios }] of measured.entries()) {
        const ms = await measureOperationMs(world, client, change, policy, `${policy.toLowerCase()}-${round}`)
        ratios[policy].push(ms / (sqlMs[index] ?? Number.NaN))
      }
    const latest = measured.map(({ change, ratios }) => {
      return `${change.name} ${policies.map((policy) => formatNumber(ratios[policy].at(-1) ?? Number.NaN)).join(' and ')} ×`
    })
    logProgress(`Round ${round + 1} of ${rounds}: ${latest.join(', ')}`)
  }
  return measured.flatMap(({ change: { name, target }, sqlMs, ratios }) => [
    ...policies.map((policy) =>
      atMost(
        `${name}, ${policy}`,
        median(ratios[policy]),
        target,
        ' ×',
        ` (median of ${formatValues(ratios[policy])})`,
      ),
    ),
    informational(`  ${name} by hand`, formatValues(sqlMs, ' ms')),
  ])
}
