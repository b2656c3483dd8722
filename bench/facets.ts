import { openDatabase } from '../src/adapters/database.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { createFacets, type MediaFacets } from '../src/services/facet/facets.ts'
import { systemActor } from '../src/services/kernel/actor.ts'
import type { Database } from '../src/services/kernel/ports.ts'
import type { MediaFilter } from '../src/services/media/filter.ts'
import { createTags } from '../src/services/tag/tags.ts'
import { atMost, type Figure, formatNumber, median, percentile } from './figures.ts'
import { openSeededDatabase } from './seededDatabase.ts'

// `BENCH_MEDIA=1000000` measures the large library, `BENCH_FIND_URL` uses a database that is already seeded.
const size = Number(process.env.BENCH_MEDIA ?? 100_000)
const limitMs = 100
const rounds = 20
const values = 100

export const title = `facets: mediaFacets at ${size} media, one caller, all facets of one call`

const readCases = async (database: Database): Promise<[name: string, filter: MediaFilter][]> => {
  const [folder] = await database.$queryRaw<{ id: string }[]>`
    SELECT "folderId" AS "id" FROM "Media" WHERE "folderId" IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`
  const [user] = await database.$queryRaw<{ id: string }[]>`
    SELECT "uploadedById" AS "id" FROM "Media" GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`
  const [tag] = await createTags({ database }).list(systemActor, { first: 1 })
  return [
    ['no filter', {}],
    ['the largest kind', { kinds: ['VIDEO'] }],
    ['three kinds', { kinds: ['VIDEO', 'IMAGE', 'DOCUMENT'] }],
    ['READY media', { statuses: ['READY'] }],
    ['used media', { used: true }],
    ['the most frequent tag', { tagsAll: [tag?.name ?? ''] }],
    ['the fullest folder', { folderId: `Folder:${folder?.id}` }],
    ['the first uploader', { uploadedById: `User:${user?.id}` }],
    ['one course', { usedIn: { type: 'course', externalId: '7' } }],
    ['the last year', { uploadedAfter: new Date(Date.now() - 365 * 86_400_000) }],
    ['the search cell', { search: 'cell' }],
    ['the search week', { search: 'week' }],
    ['a search with a typo', { search: 'divison' }],
    ['a search for a kind with a tag', { search: 'week', kinds: ['VIDEO'], tagsAny: ['exam'] }],
    ['the trash', { trashed: true }],
  ]
}

const readAll = (facets: MediaFacets) =>
  Promise.all([
    facets.totalCount(),
    facets.kinds(),
    facets.statuses(),
    facets.tags(values),
    facets.folders(values, {}),
    facets.courses(values, {}),
    facets.uploaders(values, {}),
    facets.months(values),
  ])

export const run = async (): Promise<Figure[]> => {
  const { url, close } = await openSeededDatabase(size)
  const database = openDatabase({ url, log: createLogger('error') })
  const facets = createFacets({ database })

  const measure = async (filter: MediaFilter) => {
    const times: number[] = []
    let total = 0
    for (let round = 0; round < rounds; round++) {
      const startMs = performance.now()
      ;[total] = await readAll(facets.ofMedia(systemActor, filter))
      times.push(performance.now() - startMs)
    }
    return { times, total }
  }

  try {
    const figures: Figure[] = []
    for (const [name, filter] of await readCases(database)) {
      await measure(filter) // warms caches and connections
      const { times, total } = await measure(filter)
      const note = ` (p50 ${formatNumber(median(times))} ms, ${total} media)`
      figures.push(atMost(`${name}: p95`, percentile(times, 0.95), limitMs, ' ms', note))
    }
    return figures
  } finally {
    await database.$disconnect()
    await close()
  }
}
