import { Prisma } from '../../../prisma/generated/client/client.ts'
import { systemActor } from '../kernel/actor.ts'
import type { Database } from '../kernel/ports.ts'
import { filterConditions, type ParsedFilter, tallyConditions } from '../media/filter.ts'
import { isWholeLibrary } from '../media/libraryPage.ts'
import { createTags, type TagCount } from '../tag/tags.ts'
import { type ColumnCount, isColumnFacet, isTallied, maxValues, scannedCounts, talliedCounts } from './columnCounts.ts'
import { courseCounts } from './courseCounts.ts'
import { type FacetGroup, type FacetName, groupFacets } from './ownFields.ts'
import { tagCounts } from './tagCounts.ts'

/** Counts of the facets that were asked for; the others are empty. */
export interface FacetCounts {
  columns: ColumnCount[]
  tags: TagCount[]
  courses: { key: string; count: number }[]
}

const none = Prisma.sql`false`

/** Counts a group by at most one statement for all columns that are tallied, one for the others, one for tags, one for courses. */
const readGroup = async (database: Database, { filter, names }: FacetGroup): Promise<FacetCounts> => {
  const tally = tallyConditions(filter)
  const columns = names.filter(isColumnFacet)
  const tallied = columns.filter((name) => tally !== null && isTallied(name))
  const scanned = columns.filter((name) => !tallied.includes(name))
  const [hasTags, hasCourses] = [names.includes('tags'), names.includes('courses')]
  const isWhole = isWholeLibrary(filter)
  const isScan = scanned.length > 0 || (!isWhole && (hasTags || hasCourses))
  const conditions = isScan ? await filterConditions(database, filter) : none
  const read = <Row>(isNeeded: boolean, sql: () => Prisma.Sql): Promise<Row[]> =>
    isNeeded ? database.$queryRaw<Row[]>(sql()) : Promise.resolve([])
  const [fromTally, fromScan, tags, courses] = await Promise.all([
    read<ColumnCount>(tallied.length > 0, () => talliedCounts(tallied, tally ?? none)),
    read<ColumnCount>(scanned.length > 0, () => scannedCounts(scanned, conditions)),
    hasTags && isWhole
      ? createTags({ database }).list(systemActor, { first: maxValues })
      : read<TagCount>(hasTags, () => tagCounts(conditions)),
    read<FacetCounts['courses'][number]>(hasCourses, () => courseCounts(isWhole ? null : conditions)),
  ])
  return { columns: [...fromTally, ...fromScan], tags, courses }
}

/** Counts these facets, each by the filter without its own fields. The number of statements depends on the names alone. */
export const readFacets = async (
  database: Database,
  filter: ParsedFilter,
  names: readonly FacetName[],
): Promise<FacetCounts> => {
  const groups = await Promise.all(groupFacets(filter, names).map((group) => readGroup(database, group)))
  return {
    columns: groups.flatMap(({ columns }) => columns),
    tags: groups.flatMap(({ tags }) => tags),
    courses: groups.flatMap(({ courses }) => courses),
  }
}
