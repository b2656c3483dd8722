import type pg from 'pg'
import { Prisma } from '../prisma/generated/client/client.ts'
import { openDatabase } from '../src/adapters/database.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { systemActor } from '../src/services/kernel/actor.ts'
import { type PageArguments, parsePage } from '../src/services/kernel/paging.ts'
import type { Database } from '../src/services/kernel/ports.ts'
import { countMedia } from '../src/services/media/count.ts'
import { allConditions, parseFilter, type ResolvedFilter, resolveFilter } from '../src/services/media/filter.ts'
import { createMediaList } from '../src/services/media/list.ts'
import { parseOrder } from '../src/services/media/order.ts'
import { type PageRow, pageSql } from '../src/services/media/pageSql.ts'
import { rankedMediaSql } from '../src/services/media/ranking.ts'
import type { Search } from '../src/services/media/search.ts'
import { sortKeyText } from '../src/services/media/sortKeys.ts'
import { atMost, type Figure, formatNumber, informational, logProgress, median, percentile } from './figures.ts'
import { type Case, cases, type Samples } from './findCases.ts'
import { openSeededDatabase } from './seededDatabase.ts'

// `BENCH_MEDIA=1000000` measures the large library, `BENCH_FIND_URL` uses a database that is already seeded,
// `BENCH_CASES` is a pattern of the cases to measure, and `BENCH_PLANS=1` prints every plan.
const size = Number(process.env.BENCH_MEDIA ?? 100_000)
const limitMs = size > 100_000 ? 100 : 50
const rounds = size > 100_000 ? 5 : 20

export const title = `find: mediaList at ${size} media, one caller`

const readSamples = async (database: Database): Promise<Samples> => {
  const [folder] = await database.$queryRaw<{ id: string }[]>`
    SELECT "folderId" AS id FROM "Media" WHERE "folderId" IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC OFFSET 5 LIMIT 1`
  const [user] = await database.$queryRaw<{ id: string }[]>`
    SELECT "uploadedById" AS id FROM "Media" GROUP BY 1 ORDER BY count(*) DESC OFFSET 3 LIMIT 1`
  // A folder at the root has an eighth of all folders below it.
  const top = await database.folder.findFirstOrThrow({ where: { parentId: null }, orderBy: { createdAt: 'asc' } })
  const trashed = await database.media.findFirstOrThrow({ where: { deletedById: { not: null } } })
  const media = await database.media.findFirstOrThrow({ where: { deletedAt: null } })
  const oldest = await database.media.findMany({ orderBy: { uploadedAt: 'asc' }, take: 1000, select: { id: true } })
  const course = await database.resource.findFirstOrThrow({ where: { type: 'course', externalId: '7' } })
  const [texts] = await database.$queryRaw<{ title: string; fileName: string; words: string[] }[]>`
    SELECT "title", "fileName", ("searchWords"("title" || ' ' || array_to_string("tags", ' ') || ' ' || "fileName"))[:16] AS "words"
    FROM "Media" WHERE "deletedAt" IS NULL AND "title" LIKE '%, with %' AND cardinality("tags") > 2
    ORDER BY length("title") DESC, "sha256" LIMIT 1`
  if (texts === undefined) throw new Error('No media has a title with a rare name.')
  return {
    ...texts,
    words: texts.words.join(' '),
    folderId: `Folder:${folder?.id}`,
    topFolderId: `Folder:${top.id}`,
    userId: `User:${user?.id}`,
    deletedById: `User:${trashed.deletedById}`,
    oldestIds: oldest.map(({ id }) => `Media:${id}`),
    sha256: media.sha256,
    course: { source: course.source, type: course.type, externalId: course.externalId },
  }
}

/** Number of the media that RELEVANCE lists. */
const countRanked = async (database: Database, filter: ResolvedFilter, search: Search): Promise<number> => {
  const [row] = await database.$queryRaw<{ count: bigint }[]>`
    WITH ${rankedMediaSql(filter, search)} SELECT count(*) FROM "ranked"`
  return Number(row?.count ?? 0)
}

type PageShape = readonly [name: string, page: PageArguments]

/**
 * Pages at both ends of a list and on both sides of its middle. Only in one direction: the last page of a direction runs
 * the same statement as the first page of the other.
 */
const listShapes = async (database: Database, item: Case): Promise<PageShape[]> => {
  const { filter, order } = await parseCase(database, item)
  const { search } = filter.plan
  const count =
    order.by === 'RELEVANCE' && search !== null
      ? await countRanked(database, filter, search)
      : (await countMedia(database, filter)).count
  const ordered =
    order.by === 'RELEVANCE'
      ? pageSql(filter, order, parsePage({ first: 1 }, order.cursor))
      : Prisma.sql`
          SELECT "id", ${order.key} AS "key" FROM "Media" WHERE ${allConditions(filter.where)} ORDER BY ${order.key}, "id" LIMIT 1`
  const [row] = await database.$queryRaw<PageRow[]>(Prisma.sql`${ordered} OFFSET ${Math.floor(count / 2)}`)
  const middle = row === undefined ? null : order.cursor.encode([sortKeyText(row.key), row.id])
  return [
    ['first', { first: 50 }],
    ['last', { last: 50 }],
    ...(middle === null ? [] : [['after the middle', { first: 50, after: middle }] as const]),
    ...(middle === null ? [] : [['before the middle', { last: 50, before: middle }] as const]),
  ]
}

const parseCase = async (database: Database, [, filter, by = 'UPLOADED_AT', direction = 'DESC']: Case) => {
  const parsed = parseFilter(filter)
  const order = parseOrder({ by, direction }, Boolean(parsed.search))
  return { filter: await resolveFilter(database, parsed, order.by === 'RELEVANCE'), order }
}

interface Timing {
  listMs: { shape: string; times: number[] }[]
  countMs: number[]
}

const measure = async (
  database: Database,
  shapes: readonly PageShape[],
  [, filter, by = 'UPLOADED_AT', direction = 'DESC']: Case,
): Promise<Timing> => {
  const { list } = createMediaList(database)
  const args = { filter, order: { by, direction } }
  const timing: Timing = { listMs: shapes.map(([shape]) => ({ shape, times: [] })), countMs: [] }
  const measureTime = async <Value>(samples: number[] | undefined, work: () => Promise<Value>): Promise<Value> => {
    const startMs = performance.now()
    const value = await work()
    samples?.push(performance.now() - startMs)
    return value
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, page]] of shapes.entries())
      await measureTime(timing.listMs[index]?.times, () => list(systemActor, { ...args, ...page }, {}))
    const { totalCount } = await list(systemActor, { ...args, first: 1 }, {})
    if (round < 5) await measureTime(timing.countMs, totalCount)
  }
  return timing
}

const explain = async (pool: pg.Pool, sql: Prisma.Sql): Promise<string[]> => {
  const { rows } = await pool.query({ text: `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${sql.text}`, values: sql.values })
  return rows.map((row) => row['QUERY PLAN'])
}

const explainAll = async (
  database: Database,
  pool: pg.Pool,
  shapes: readonly PageShape[],
  item: Case,
): Promise<string[]> => {
  const { filter, order } = await parseCase(database, item)
  const plans: string[] = []
  for (const [shape, page] of shapes)
    plans.push(`${shape}:`, ...(await explain(pool, pageSql(filter, order, parsePage(page, order.cursor)))))
  return plans
}

const figuresOf = (name: string, { listMs, countMs }: Timing): Figure[] => {
  const all = listMs.flatMap(({ times }) => times)
  const [slowest] = listMs.toSorted((left, right) => median(right.times) - median(left.times))
  const note = ` (p50 ${formatNumber(median(all))} ms; ${slowest?.shape} ${formatNumber(median(slowest?.times ?? []))} ms)`
  return [
    atMost(`${name}: p95`, percentile(all, 0.95), limitMs, ' ms', note),
    atMost(
      `${name}: totalCount p50`,
      median(countMs),
      limitMs,
      ' ms',
      ` (worst ${formatNumber(Math.max(...countMs))} ms)`,
    ),
  ]
}

export const run = async (): Promise<Figure[]> => {
  const { url, pool, close } = await openSeededDatabase(size)
  const database = openDatabase({ url, log: createLogger('error') })
  try {
    const figures: Figure[] = []
    const scannedCases: string[] = []
    const pattern = new RegExp(process.env.BENCH_CASES ?? '')
    for (const item of cases(await readSamples(database)).filter(([name]) => pattern.test(name))) {
      const name = `${item[0]} (${item[2] ?? 'UPLOADED_AT'})`
      const shapes = await listShapes(database, item)
      const plans = await explainAll(database, pool, shapes, item)
      if (plans.some((line) => /Seq Scan on "Media"/.test(line))) scannedCases.push(name)
      if (process.env.BENCH_PLANS) logProgress(`${name}\n    ${plans.join('\n    ')}`)
      await measure(database, shapes, item) // warms caches and connections
      figures.push(...figuresOf(name, await measure(database, shapes, item)))
    }
    return [
      ...figures,
      informational(
        'lists and counts that scan all of "Media"',
        scannedCases.length === 0 ? 'none' : scannedCases.join(', '),
      ),
    ]
  } finally {
    await database.$disconnect()
    await close()
  }
}
