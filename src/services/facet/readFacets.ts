import type { Prisma } from '../../../prisma/generated/client/client.ts'
import { systemActor } from '../kernel/actor.ts'
import type { Database } from '../kernel/ports.ts'
import { allConditions, type ParsedFilter, resolveFilter, tallyConditions } from '../media/filter.ts'
import { isWholeLibrary } from '../media/libraryPage.ts'
import { createTags, type TagCount } from '../tag/tags.ts'
import { type ColumnCount, isColumnFacet, isTallied, maxValues, scannedCounts, talliedCounts } from './columnCounts.ts'
import { courseCounts } from './courseCounts.ts'
import { matchesMost } from './mostMedia.ts'
import { type FacetGroup, type FacetName, groupFacets } from './ownFields.ts'
import { tagCounts } from './tagCounts.ts'

/** Counts of the facets that were asked for; the others are empty. */
export interface FacetCounts {
  columns: ColumnCount[]
  tags: TagCount[]
  courses: CourseCount[]
}

interface CourseCount {
  key: string
  count: number
}

/** Counts a group by at most one statement for all columns that are tallied, one for the others, two for tags, one for courses. */
const readGroup = async (database: Database, { filter, names }: FacetGroup): Promise<FacetCounts> => {
  const tally = tallyConditions(filter)
  const columns = names.filter(isColumnFacet)
  const [tallied = [], scanned = []] = [true, false].map((isFromTally) =>
    columns.filter((name) => (tally !== null && isTallied(name)) === isFromTally),
  )
  const [hasTags, hasCourses] = [names.includes('tags'), names.includes('courses')]
  const isWhole = isWholeLibrary(filter)
  const isScan = scanned.length > 0 || (!isWhole && (hasTags || hasCourses))
  const where = isScan ? (await resolveFilter(database, filter)).where : null
  const isMost = !isWhole && (hasTags || hasCourses) && (await matchesMost(database, tally))
  // All media that courses show are used.
  const shown = isWholeLibrary({ ...filter, used: filter.used ? null : filter.used }) ? null : where
  const read = <Row>(sql: Prisma.Sql): Promise<Row[]> => database.$queryRaw<Row[]>(sql)

  const readTags = (): Promise<TagCount[]> =>
    isWhole || where === null
      ? createTags({ database }).list(systemActor, { first: maxValues })
      : read(tagCounts(where, isMost))
  const counts = await Promise.all([
    tally === null || tallied.length === 0 ? [] : read<ColumnCount>(talliedCounts(tallied, tally)),
    where === null || scanned.length === 0 ? [] : read<ColumnCount>(scannedCounts(scanned, allConditions(where))),
    hasTags ? readTags() : [],
    hasCourses ? read<CourseCount>(courseCounts(shown, isMost)) : [],
  ])
  const [fromTally, fromScan, tags, courses] = counts
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
