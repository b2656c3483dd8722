import { MediaBulkTagDocument, OperationProgressDocument } from '../client/generated/documents.ts'
import { atMost, type Figure, formatValues, informational, logProgress, median } from './figures.ts'
import { seedLibrary } from './seed.ts'
import { openWorld, type World } from './world.ts'

export const title = 'bulk: tagging 10,000 media, to one SQL statement that does the same with its log rows'

const count = 10_000
const rounds = 5

type Client = Awaited<ReturnType<World['client']>>

/** From the mutation to the last event of its progress. */
const runOperation = async (client: Client, tag: string, errorPolicy: 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS') => {
  const startMs = performance.now()
  const target = { filter: { kinds: ['VIDEO' as const] }, expectedCount: count, errorPolicy }
  const { mediaBulkTag: operation } = await client.send(MediaBulkTagDocument, { input: { target, add: [tag] } })
  if (operation.__typename !== 'Operation') throw new Error(`refused: ${operation.message}`)
  let last = ''
  for await (const { operationProgress } of client.follow(OperationProgressDocument, { id: operation.id }))
    last = `${operationProgress.status} ${operationProgress.processed}`
  if (last !== `COMPLETED ${count}`) throw new Error(`it ended as ${last}`)
  return performance.now() - startMs
}

const runSql = async ({ database }: World, tag: string): Promise<number> => {
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
  if (rowCount !== count) throw new Error(`it wrote ${rowCount} log rows`)
  return performance.now() - startMs
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serve('scripts/start.ts')
  const client = await world.client()
  logProgress(`seeding ${count} media …`)
  await seedLibrary(world.database, count)
  // The editor may change only her own.
  await client.send(MediaBulkTagDocument, {
    input: { target: { ids: ['Media:019a5b3c-0000-7000-8000-000000000000'] }, add: ['x'] },
  })
  await world.database.query(`
    UPDATE "Media" SET "uploadedById" = (SELECT id FROM "User" WHERE "externalId" = 'ada'),
      "tagKeys" = ARRAY(SELECT lower(tag) FROM unnest(tags) AS tag)`)
  await world.database.query('VACUUM ANALYZE')
  const ratios = { rows: [] as number[], everything: [] as number[] }
  const sqlTimes: number[] = []
  for (let round = 0; round < rounds; round++) {
    const sqlMs = await runSql(world, `sql-${round}`)
    sqlTimes.push(sqlMs)
    ratios.rows.push((await runOperation(client, `rows-${round}`, 'REJECT_FAILED_ROWS')) / sqlMs)
    ratios.everything.push((await runOperation(client, `all-${round}`, 'REJECT_EVERYTHING')) / sqlMs)
  }
  return [
    atMost('item by item (REJECT_FAILED_ROWS)', median(ratios.rows), 5, ' ×', ` (${formatValues(ratios.rows)})`),
    atMost(
      'all or nothing (REJECT_EVERYTHING)',
      median(ratios.everything),
      5,
      ' ×',
      ` (${formatValues(ratios.everything)})`,
    ),
    informational('the plain statement', `${formatValues(sqlTimes, ' ms')}`),
  ]
}
