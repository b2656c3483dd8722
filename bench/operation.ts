import { MediaBulkTagDocument, OperationProgressDocument } from '../client/generated/documents.ts'
import { atMost, type Figure, formatValues, informational, logProgress, median } from './figures.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, type World } from './world.ts'

export const title =
  'operation: tagging 10,000 media, relative to one SQL statement that writes the same rows and events'

const count = 10_000
const rounds = 5

type Client = Awaited<ReturnType<World['client']>>

/** Measures the time from the mutation to the last event of its progress. */
const measureOperationMs = async (
  client: Client,
  tag: string,
  errorPolicy: 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS',
) => {
  const startMs = performance.now()
  const target = { filter: { kinds: ['VIDEO' as const] }, expectedCount: count, errorPolicy }
  const { mediaBulkTag: operation } = await client.send(MediaBulkTagDocument, { input: { target, add: [tag] } })
  if (operation.__typename !== 'Operation') throw new Error(`Failed to start the operation: ${operation.message}`)
  let lastState = ''
  for await (const { operationProgress } of client.follow(OperationProgressDocument, { id: operation.id }))
    lastState = `${operationProgress.status} ${operationProgress.processed}`
  if (lastState !== `COMPLETED ${count}`) throw new Error(`The operation ended as ${lastState}.`)
  return performance.now() - startMs
}

const measureSqlMs = async ({ database }: World, tag: string): Promise<number> => {
  const startMs = performance.now()
  const { rowCount } = await database.query(
    `WITH changed AS (
       UPDATE "Media" SET tags = tags || $1::text, "tagKeys" = "tagKeys" || $1::text, "updatedAt" = now()
       WHERE kind = 'VIDEO' AND "deletedAt" IS NULL RETURNING id, tags
     )
     INSERT INTO "Event" (id, action, "nodeType", "nodeId", "mediaId", data)
     SELECT gen_random_uuid(), 'media.updated', 'Media', id, id, jsonb_build_object('tags', to_jsonb(tags)) FROM changed`,
    [tag],
  )
  if (rowCount !== count) throw new Error(`The SQL wrote ${rowCount} events.`)
  return performance.now() - startMs
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serve('scripts/start.ts')
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
  const ratios = { rows: [] as number[], everything: [] as number[] }
  const sqlDurationsMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const sqlMs = await measureSqlMs(world, `sql-${round}`)
    sqlDurationsMs.push(sqlMs)
    ratios.rows.push((await measureOperationMs(client, `rows-${round}`, 'REJECT_FAILED_ROWS')) / sqlMs)
    ratios.everything.push((await measureOperationMs(client, `all-${round}`, 'REJECT_EVERYTHING')) / sqlMs)
  }
  return [
    atMost('each item by itself (REJECT_FAILED_ROWS)', median(ratios.rows), 5, ' ×', ` (${formatValues(ratios.rows)})`),
    atMost(
      'all or nothing (REJECT_EVERYTHING)',
      median(ratios.everything),
      5,
      ' ×',
      ` (${formatValues(ratios.everything)})`,
    ),
    informational('hand-written SQL', formatValues(sqlDurationsMs, ' ms')),
  ]
}
