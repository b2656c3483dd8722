import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { MediaKind, MediaStatus, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { type NodeName, parseId, splitId } from '../kernel/ids.ts'
import { key, requiredLabel, searchText, sha256 } from '../kernel/input.ts'
import { type ResourceKey, refShape } from '../kernel/resourceInput.ts'
import { timestamp } from '../kernel/scalars.ts'
import { maxTagLength, maxTags, tagKeysOf } from '../kernel/tagKeys.ts'
import { folderTree } from './folderTree.ts'
import { renditionsSql } from './renditions.ts'
import { maxWords } from './search.ts'

const { sql } = Prisma

/** Plan classes of a condition, by the part of the WHERE clause that they belong to. */
export const planClasses = {
  /** `live` is the predicate of the partial indexes; `trash` matches few media and has an index of its own. */
  trash: ['live', 'trash'],
  /** Resolved by statements of its own. */
  search: ['search'],
  /** Checked in the index of every order. A sort: also a range of the key of that order. */
  covered: ['covered', 'UPLOADED_AT', 'SIZE', 'DURATION'],
  /**
   * Checked on the row. `lookup` matches few media, which are found first, whatever the order; `renditions` too, if few
   * renditions have the status.
   */
  fetched: ['fetched', 'lookup', 'renditions'],
} as const
type PlanClass = (typeof planClasses)[keyof typeof planClasses][number]

const field = <Shape extends z.ZodType>(
  shape: Shape,
  plan: PlanClass | ((value: z.output<Shape>) => PlanClass),
  /** "MediaTally" by the same column, "TagTally" by one tag if no other field is given, or a condition on "MediaTally". */
  tally: 'none' | 'sameColumn' | 'oneTag' | ((value: z.output<Shape>) => Prisma.Sql),
  /** Whether the value can exclude any media. */
  excludes: (value: z.output<Shape>, now: Date) => boolean,
  /** Condition over the columns of "Media". */
  where: (value: z.output<Shape>) => Prisma.Sql,
  /** The same condition, checked row by row: for rows that other conditions or a scan of the order find. */
  check: (value: z.output<Shape>) => Prisma.Sql = where,
) => ({ shape: shape.nullish(), plan, tally, excludes, where, check })

/** A row for code that handles all fields alike, with values of unknown type. */
export type FilterField = ReturnType<typeof field<z.ZodType>>

const listOf = <Name extends string>(all: Record<Name, Name>) => z.array(z.enum(all)).max(20, 'At most 20 values.')
const tagList = z.array(requiredLabel(maxTagLength)).max(maxTags, `At most ${maxTags} tags.`)
const seconds = z.number().min(0, 'Must not be negative.')
const dayCount = z.int().min(0, 'Must not be negative.').max(36_500, 'At most 36500 days.')
const searchWords = searchText(500).refine(
  (text) => (text ?? '').split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean).length <= maxWords,
  `At most ${maxWords} words.`,
)
/** Relay id of a type, parsed to the primary key in it. */
const idOf = (type: NodeName) =>
  z
    .string()
    .refine((text) => splitId(text)?.type === type, `Not the id of a ${type}: expected ${type}:<uuid>.`)
    .transform((text) => parseId(type, text))

/** Maximum of ids in a filter. */
const maxIds = 1000
const mediaIds = z
  .array(z.string())
  .max(maxIds, 'At most 1,000 ids.')
  .pipe(z.array(idOf('Media')))

const always = () => true
const never = () => false
const lacksAny = (all: object) => (values: unknown[]) => Object.values(all).some((value) => !values.includes(value))
/** Mediagraph did not exist before this date: every media was uploaded after it. */
const firstUpload = new Date('2000-01-01')

// The array makes PostgreSQL look the versions up first: otherwise the planner scans the order and checks every media.
export const hasRendition = (renditions: Prisma.Sql) => sql`"currentVersionId" = ANY(ARRAY(
      SELECT "versionId" FROM ${renditions}))`

// A scalar subquery, which PostgreSQL runs for each row: it would turn EXISTS into a join with all renditions.
const checkRendition = (statuses: RenditionStatus[]) => sql`(
      SELECT true FROM "Rendition"
      WHERE "versionId" = "currentVersionId" AND "status" = ANY(${statuses}::"RenditionStatus"[]) LIMIT 1) IS TRUE`

const resourceTree = ({ source, type, externalId }: ResourceKey) => sql`
  WITH RECURSIVE "tree" AS (
    SELECT "id" FROM "Resource" WHERE "source" = ${source} AND "type" = ${type} AND "externalId" = ${externalId}
    UNION
    SELECT "below"."id" FROM "Resource" AS "below" JOIN "tree" ON "below"."parentId" = "tree"."id"
  )
  SELECT "mediaId" FROM "MediaUsage" WHERE "resourceId" = ANY(ARRAY(SELECT "id" FROM "tree"))`

/**
 * The fields of a media filter: shape, plan class, tally, whether a value excludes any media, condition. To add a field, add
 * a row here, its input field in schema/mediaFilter.ts and its model in test/harness/libraryModel.ts.
 */
// biome-ignore format: one row per field
export const filterFields = {
  trashed: field(z.boolean(), (trashed) => (trashed ? 'trash' : 'live'), (trashed) => sql`"trashed" = ${trashed}`,
    never, (trashed) => (trashed ? sql`"deletedAt" IS NOT NULL` : sql`"deletedAt" IS NULL`)),
  search: field(searchWords, 'search', 'none', always, () => Prisma.empty),
  kinds: field(listOf(MediaKind), 'covered', 'sameColumn', lacksAny(MediaKind),
    (kinds) => sql`"kind" = ANY(${kinds}::"MediaKind"[])`),
  mimeType: field(key(255).toLowerCase(), 'covered', 'sameColumn', always, (type) => sql`"mimeType" = ${type}`),
  statuses: field(listOf(MediaStatus), 'covered', 'sameColumn', lacksAny(MediaStatus),
    (statuses) => sql`"status" = ANY(${statuses}::"MediaStatus"[])`),
  // Every value excludes the media that have no renditions.
  renditionStatuses: field(listOf(RenditionStatus), 'renditions', 'none', always,
    (statuses) => hasRendition(renditionsSql(statuses, null)), checkRendition),
  tagsAll: field(tagList, 'fetched', 'oneTag', always, (tags) => sql`"tagKeys" @> ${tagKeysOf(tags)}::text[]`),
  tagsAny: field(tagList, 'fetched', 'oneTag', always, (tags) => sql`"tagKeys" && ${tagKeysOf(tags)}::text[]`),
  folderId: field(idOf('Folder'), 'covered', 'none', always, (id) => sql`"folderId" = ${id}::uuid`),
  // False excludes nothing: a media of any folder matches.
  atRoot: field(z.boolean(), 'covered', 'none', (atRoot) => atRoot,
    (atRoot) => (atRoot ? sql`"folderId" IS NULL` : sql`true`)),
  inFolder: field(idOf('Folder'), 'covered', 'none', always, (id) => sql`"folderId" = ANY(ARRAY(${folderTree(id)}))`,
    // In this form the ids are hashed: otherwise each row is compared with each folder.
    (id) => sql`("folderId" IN (${folderTree(id)})) IS TRUE`),
  // The subquery hides the number of ids: knowing it, the planner scans the whole order to sort the media found.
  ids: field(mediaIds, 'lookup', 'none', always,
    (ids) => sql`"Media"."id" = ANY(ARRAY(SELECT unnest(${ids}::uuid[])))`),
  externalId: field(key(255), 'lookup', 'none', always, (id) => sql`"externalId" = ${id}`),
  usedIn: field(refShape, 'lookup', 'none', always, (resource) => sql`"Media"."id" IN (${resourceTree(resource)})`),
  uploadedById: field(idOf('User'), 'covered', 'none', always, (id) => sql`"uploadedById" = ${id}::uuid`),
  assignedToId: field(idOf('User'), 'lookup', 'none', always, (id) => sql`"Media"."id" = ANY(ARRAY(
      SELECT "heldMediaId" FROM "Assignment" WHERE "userId" = ${id}::uuid AND "status" = 'CURRENT'))`),
  // "unusedSince" is null while the media is linked or currently assigned.
  used: field(z.boolean(), 'covered', (used) => sql`"used" = ${used}`, always,
    (used) => (used ? sql`"unusedSince" IS NULL` : sql`"unusedSince" IS NOT NULL`)),
  // A media is never unused before its upload. The second condition says so, to let a scan by upload time start there.
  unusedForDays: field(dayCount, 'UPLOADED_AT', 'none', always, (days) => sql`(
    "unusedSince" <= now() - make_interval(days => ${days}::int) AND
    "uploadedAt" <= now() - make_interval(days => ${days}::int))`),
  uploadedAfter: field(timestamp, 'UPLOADED_AT', 'none', (time) => time > firstUpload,
    (time) => sql`"uploadedAt" >= ${time.toISOString()}::timestamptz`),
  uploadedBefore: field(timestamp, 'UPLOADED_AT', 'none', (time, now) => time <= now,
    (time) => sql`"uploadedAt" < ${time.toISOString()}::timestamptz`),
  // No file is empty.
  minSizeBytes: field(z.int(), 'SIZE', 'none', (size) => size > 1, (size) => sql`"sizeBytes" >= ${size}::bigint`),
  maxSizeBytes: field(z.int(), 'SIZE', 'none', (size) => size < Number.MAX_SAFE_INTEGER,
    (size) => sql`"sizeBytes" <= ${size}::bigint`),
  hasAltText: field(z.boolean(), 'covered', 'none', always, (hasAltText) => sql`"hasAltText" = ${hasAltText}`),
  // "durationKey" is -1 without a duration.
  minDurationSeconds: field(seconds, 'DURATION', 'none', always, (min) => sql`"durationKey" >= ${min}::float8`),
  maxDurationSeconds: field(seconds, 'DURATION', 'none', always, (max) => sql`"durationKey" BETWEEN 0 AND ${max}::float8`),
  deletedById: field(idOf('User'), 'lookup', 'none', always, (id) => sql`"deletedById" = ${id}::uuid`),
  sha256: field(sha256, 'lookup', 'none', always, (hash) => sql`"sha256" = ${hash}::char(64)`),
}
