import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { filterConditions, isEmptyFilter, type ParsedFilter, parseCallersFilter } from '../media/filter.ts'
import type { BulkAction } from './bulkAction.ts'
import { maxIds, type ParsedTarget, parseMediaIds } from './target.ts'

/** Media of a target: those that are named, or those that a filter selects, with exceptions. */
export type Selection = { ids: string[] } | { filter: ParsedFilter; exceptIds: string[] }

export interface SelectionCounts {
  /** Number of media that the filter selects, before exceptions. */
  matches: number
  /** Number of items. */
  total: number
}

/** Whether a filter says `trashed: true` and nothing else, which for a restore or a purge is not empty but means the whole trash. */
const namesWholeTrash = (filter: ParsedTarget['filter']): boolean =>
  filter?.['trashed'] === true && Object.entries(filter).every(([name, value]) => name === 'trashed' || value == null)

/** Parses the media of a target; refuses a filter that excludes none. */
export const parseSelection = (
  actor: Actor,
  { ids, filter, exceptIds }: ParsedTarget,
  path: string,
  { requiresTrashed }: BulkAction,
  now: Date,
): Selection => {
  if (ids != null) return { ids: parseMediaIds(ids, `${path}ids`) }
  const mediaFilter = parseCallersFilter(actor, { ...filter, trashed: requiresTrashed }, `${path}filter`)
  if (isEmptyFilter(mediaFilter, now) && !(requiresTrashed && namesWholeTrash(filter)))
    throw new InvalidInputError([
      { path: `${path}filter`, message: 'An empty filter is not allowed. Set at least one condition.' },
    ])
  return { filter: mediaFilter, exceptIds: parseMediaIds(exceptIds ?? [], `${path}exceptIds`) }
}

/**
 * Returns common table expressions that read a selection once: "matches", the media before exceptions, and "items", the
 * media with their positions. Named ids keep their order, unknown ones included.
 */
export const selectionSql = async (transaction: Transaction, selection: Selection): Promise<Prisma.Sql> => {
  if ('ids' in selection)
    return Prisma.sql`
      "matches" AS (
        SELECT "mediaId", "number" - 1 AS "position"
        FROM unnest(${selection.ids}::uuid[]) WITH ORDINALITY AS named("mediaId", "number")
      ), "items" AS (SELECT * FROM "matches")`
  // Materialised, so that the exceptions do not change the plan that was chosen for the filter.
  return Prisma.sql`
    "matches" AS MATERIALIZED (
      SELECT "Media"."id" AS "mediaId" FROM "Media" WHERE ${await filterConditions(transaction, selection.filter)}
    ), "items" AS (
      SELECT "mediaId", row_number() OVER (ORDER BY "mediaId") - 1 AS "position" FROM "matches"
      WHERE NOT EXISTS (
        SELECT FROM unnest(${selection.exceptIds}::uuid[]) AS exception("id") WHERE exception."id" = "mediaId")
    )`
}

/** Refuses a selection of another number of media than the caller expects, or of too many for one transaction. */
export const requireExpectedCounts = (
  { filter, expectedCount, errorPolicy }: ParsedTarget,
  path: string,
  { matches, total }: SelectionCounts,
): void => {
  if (filter != null && expectedCount != null && expectedCount !== matches)
    throw new StateConflictError(
      `The filter now selects ${matches} media, not ${expectedCount}. Review the list and try again.`,
    )
  if ((errorPolicy ?? 'REJECT_FAILED_ROWS') === 'REJECT_EVERYTHING' && total > maxIds) {
    const message = `REJECT_EVERYTHING takes at most ${maxIds} media, not ${total}. Narrow the filter.`
    throw new InvalidInputError([{ path: `${path}filter`, message }])
  }
}
