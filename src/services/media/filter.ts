import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { MediaKind, MediaStatus, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { parseId } from '../kernel/ids.ts'
import { line, parseInput, searchText, sha256 } from '../kernel/input.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { type ResourceKey, refShape } from '../kernel/resourceInput.ts'
import { timestamp } from '../kernel/scalars.ts'
import { maxTags, tagKeysOf } from '../kernel/tagKeys.ts'
import type { MediaSort } from './order.ts'
import { maxWords, resolveSearch, type Search, searchCondition, searchRecheck } from './search.ts'
import { mediaTally, tagTally } from './tally.ts'

const someOf = <Shape extends z.ZodType>(shape: Shape) => z.array(shape).max(20, 'At most 20.').nullish()
const someTags = z.array(line(64)).max(maxTags, `At most ${maxTags} tags.`).nullish()

const filterShape = z.object({
  search: searchText(500)
    .refine((text) => text.split(/[^\p{L}\p{N}]+/u).filter(Boolean).length <= maxWords, `At most ${maxWords} words.`)
    .nullish(),
  kinds: someOf(z.enum(MediaKind)),
  mimeType: line(255)
    .transform((type) => type.toLowerCase())
    .nullish(),
  statuses: someOf(z.enum(MediaStatus)),
  renditionStatuses: someOf(z.enum(RenditionStatus)),
  tagsAll: someTags,
  tagsAny: someTags,
  folderId: z.string().nullish(),
  externalId: line(255).nullish(),
  usedIn: refShape.nullish(),
  used: z.boolean().nullish(),
  unusedForDays: z.int().min(0, 'Not negative.').max(36_500, 'At most 36500.').nullish(),
  uploadedById: z.string().nullish(),
  uploadedAfter: timestamp.nullish(),
  uploadedBefore: timestamp.nullish(),
  minSizeBytes: z.int().nullish(),
  maxSizeBytes: z.int().nullish(),
  sha256: sha256.nullish(),
  trashed: z.boolean().nullish(),
})

export type MediaFilter = z.input<typeof filterShape>
export type ParsedFilter = z.output<typeof filterShape>
type FilterField = keyof ParsedFilter
type Given<Field extends FilterField> = NonNullable<ParsedFilter[Field]>

/** A filter, ready to be asked about more than once: for `WHERE`, over the columns of "Media". */
export interface Selection {
  conditions: Prisma.Sql
  /** In the trash, or not. */
  present: Prisma.Sql
  /** What is a range of an order itself, what the index of every order tells, and what takes a look at the row. */
  ranges: { [By in MediaSort]?: Prisma.Sql[] }
  covered: Prisma.Sql[]
  looked: Prisma.Sql[]
  /** Known to let few through: their rows are looked up, whatever the order. */
  rare: boolean
  /** All without what is searched for, and that alone; true where nothing is. */
  others: Prisma.Sql
  searched: Prisma.Sql
  search: Search | null
  /** Counts them without reading "Media", where the filter asks nothing else than what tallies are kept of. */
  tally: Prisma.Sql | null
  trashed: boolean
}

export const allOf = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.sql`true` : Prisma.join([...conditions], ' AND ')

const resourceTree = ({ source, type, externalId }: ResourceKey): Prisma.Sql => Prisma.sql`
  WITH RECURSIVE "tree" AS (
    SELECT "id" FROM "Resource" WHERE "source" = ${source} AND "type" = ${type} AND "externalId" = ${externalId}
    UNION
    SELECT "below"."id" FROM "Resource" AS "below" JOIN "tree" ON "below"."parentId" = "tree"."id"
  )
  SELECT "mediaId" FROM "MediaUsage" WHERE "resourceId" = ANY(ARRAY(SELECT "id" FROM "tree"))`

/** What each field asks of a media. */
const asks: { [Field in Exclude<FilterField, 'search' | 'trashed'>]: (given: Given<Field>) => Prisma.Sql } = {
  kinds: (kinds) => Prisma.sql`"kind" = ANY(${kinds}::"MediaKind"[])`,
  mimeType: (type) => Prisma.sql`"mimeType" = ${type}`,
  statuses: (statuses) => Prisma.sql`"status" = ANY(${statuses}::"MediaStatus"[])`,
  renditionStatuses: (statuses) => {
    const versions = Prisma.sql`
      SELECT "versionId" FROM "Rendition" WHERE "status" = ANY(${statuses}::"RenditionStatus"[])`
    // READY is what most are. What few are is looked up first: else the planner walks the order and asks each media.
    return statuses.includes('READY')
      ? Prisma.sql`"currentVersionId" IN (${versions})`
      : Prisma.sql`"currentVersionId" = ANY(ARRAY(${versions}))`
  },
  tagsAll: (tags) => Prisma.sql`"tagKeys" @> ${tagKeysOf(tags)}::text[]`,
  tagsAny: (tags) => Prisma.sql`"tagKeys" && ${tagKeysOf(tags)}::text[]`,
  folderId: (id) => Prisma.sql`"folderId" = ${id}::uuid`,
  externalId: (id) => Prisma.sql`"externalId" = ${id}`,
  usedIn: (resource) => Prisma.sql`"Media"."id" IN (${resourceTree(resource)})`,
  // Null while something uses it: linked, or currently assigned.
  used: (used) => (used ? Prisma.sql`"unusedSince" IS NULL` : Prisma.sql`"unusedSince" IS NOT NULL`),
  // Nothing is unused before it was uploaded: said aloud, the walk of an order by upload begins there.
  unusedForDays: (days) => Prisma.sql`(
    "unusedSince" <= now() - make_interval(days => ${days}::int) AND
    "uploadedAt" <= now() - make_interval(days => ${days}::int))`,
  uploadedById: (id) => Prisma.sql`"uploadedById" = ${id}::uuid`,
  uploadedAfter: (moment) => Prisma.sql`"uploadedAt" >= ${moment.toISOString()}::timestamptz`,
  uploadedBefore: (moment) => Prisma.sql`"uploadedAt" < ${moment.toISOString()}::timestamptz`,
  minSizeBytes: (size) => Prisma.sql`"sizeBytes" >= ${size}::bigint`,
  maxSizeBytes: (size) => Prisma.sql`"sizeBytes" <= ${size}::bigint`,
  sha256: (hash) => Prisma.sql`"sha256" = ${hash}::char(64)`,
}

const ask = <Field extends keyof typeof asks>(field: Field, filter: ParsedFilter): Prisma.Sql | null => {
  const given = filter[field]
  if (given == null) return null
  // TypeScript does not see that the table and the filter are indexed by the same field.
  return (asks[field] as (given: unknown) => Prisma.Sql)(given)
}

const askedFields = Object.keys(asks) as (keyof typeof asks)[] // the table's own keys

/** `path` is where the filter stands in the call, for refusals. */
export const parseFilter = (raw: MediaFilter | null | undefined, path = 'filter'): ParsedFilter => {
  const filter = parseInput(z.object({ [path]: filterShape }), { [path]: raw ?? {} })[path] ?? {}
  const { folderId, uploadedById } = filter
  return {
    ...filter,
    folderId: folderId == null ? null : parseId('Folder', folderId, `${path}.folderId`),
    uploadedById: uploadedById == null ? null : parseId('User', uploadedById, `${path}.uploadedById`),
  }
}

/** Whose columns come along in the index of every order. */
const coveredFields: readonly (keyof typeof asks)[] = [
  ...(['kinds', 'mimeType', 'statuses', 'folderId', 'uploadedById', 'used', 'unusedForDays'] as const),
  ...(['uploadedAfter', 'uploadedBefore', 'minSizeBytes', 'maxSizeBytes'] as const),
]

const rareFields = ['externalId', 'sha256', 'usedIn'] as const

const tallied = ['kinds', 'mimeType', 'statuses'] as const

const tallyOf = (filter: ParsedFilter): Prisma.Sql | null => {
  if (filter.search) return null
  const { used, trashed } = filter
  const given = askedFields.filter((field) => filter[field] != null)
  const [only] = given
  if (given.length === 1 && !trashed && (only === 'tagsAll' || only === 'tagsAny')) {
    const [key, ...others] = new Set(tagKeysOf(filter[only] ?? []))
    return key !== undefined && others.length === 0 ? tagTally(key) : null
  }
  const known: FilterField[] = ['used', ...tallied]
  if (!given.every((field) => known.includes(field))) return null
  const asked = [
    Prisma.sql`"trashed" = ${trashed ?? false}`,
    ...(used == null ? [] : [Prisma.sql`"used" = ${used}`]),
    ...tallied.map((field) => ask(field, filter)).filter((condition) => condition !== null),
  ]
  return mediaTally(allOf(asked))
}

/** A word may stand in a fifth of all media: of so few it is better read in each than found for all. */
const few = 20_000

/** Asked of an index alone, and no further than needed. */
const areFew = async (database: Database | Transaction, conditions: Prisma.Sql): Promise<boolean> => {
  const [counted] = await database.$queryRaw<{ few: boolean }[]>`${withoutPreparedPlan}
    SELECT count(*) <= ${few} AS "few" FROM (SELECT FROM "Media" WHERE ${conditions} LIMIT ${few + 1}) AS "some"`
  return counted?.few ?? false
}

/** One statement where the filter searches, another one where it also asks for something else, none where it does not. */
export const resolveFilter = async (database: Database | Transaction, filter: ParsedFilter): Promise<Selection> => {
  const search = filter.search ? await resolveSearch(database, filter.search) : null
  const trashed = filter.trashed ?? false
  const present = trashed ? Prisma.sql`"deletedAt" IS NOT NULL` : Prisma.sql`"deletedAt" IS NULL`
  const of = (fields: readonly (keyof typeof asks)[]) =>
    fields.map((field) => ask(field, filter)).filter((condition) => condition !== null)
  const covered = of(coveredFields)
  const kept = of(askedFields.filter((field) => !coveredFields.includes(field)))
  const isNarrow = search !== null && covered.length > 0 && (await areFew(database, allOf([present, ...covered])))
  const searched = search === null ? [] : [isNarrow ? searchRecheck(search) : searchCondition(search)]
  const looked = [...searched, ...kept]
  return {
    conditions: allOf([present, ...looked, ...covered]),
    present,
    ranges: {
      UPLOADED_AT: of(['uploadedAfter', 'uploadedBefore', 'unusedForDays']),
      SIZE: of(['minSizeBytes', 'maxSizeBytes']),
    },
    covered,
    looked,
    rare:
      trashed ||
      rareFields.some((field) => filter[field] != null) ||
      (filter.renditionStatuses != null && !filter.renditionStatuses.includes('READY')),
    others: allOf([present, ...kept, ...covered]),
    searched: allOf(searched),
    search,
    tally: tallyOf(filter),
    trashed,
  }
}

/** The same filter for others than the list: `SELECT … FROM "Media" WHERE ${conditions}`. */
export const filterConditions = async (database: Database | Transaction, filter: ParsedFilter): Promise<Prisma.Sql> =>
  (await resolveFilter(database, filter)).conditions

/** Nothing was uploaded to a Mediagraph before there was one. */
const firstUpload = new Date('2000-01-01')

/** Whether a field tells any media from any other. What is not given, or is a list of nothing, never gets here. */
const tells: { [Field in Exclude<FilterField, 'trashed'>]: (given: Given<Field>, now: Date) => boolean } = {
  search: (text) => text !== '',
  kinds: (kinds) => Object.values(MediaKind).some((kind) => !kinds.includes(kind)),
  mimeType: () => true,
  statuses: (statuses) => Object.values(MediaStatus).some((status) => !statuses.includes(status)),
  // Not everything has renditions.
  renditionStatuses: () => true,
  tagsAll: () => true,
  tagsAny: () => true,
  folderId: () => true,
  externalId: () => true,
  usedIn: () => true,
  used: () => true,
  unusedForDays: () => true,
  uploadedById: () => true,
  uploadedAfter: (moment) => moment > firstUpload,
  uploadedBefore: (moment, now) => moment <= now,
  // No file is empty.
  minSizeBytes: (size) => size > 1,
  maxSizeBytes: (size) => size < Number.MAX_SAFE_INTEGER,
  sha256: () => true,
}

const toldFields = Object.keys(tells) as (keyof typeof tells)[] // the table's own keys

/**
 * Whether a filter selects all that there is, in the trash or outside of it, whichever of its fields are named. A list of
 * nothing counts as not given, also where it would select nothing: whoever sends it has not chosen anything.
 */
export const isEmptyFilter = (filter: ParsedFilter, now: Date): boolean =>
  toldFields.every((field) => {
    const given = filter[field]
    if (given == null || (Array.isArray(given) && given.length === 0)) return true
    // TypeScript does not see that the table and the filter are indexed by the same field.
    return !(tells[field] as (given: unknown, now: Date) => boolean)(given, now)
  })
