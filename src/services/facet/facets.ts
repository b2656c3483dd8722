import { z } from 'zod'
import type { Folder, Resource, User } from '../../../prisma/generated/client/client.ts'
import { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import type { Actor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { createBatches } from '../kernel/batching.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database } from '../kernel/ports.ts'
import { type MediaFilter, type ParsedFilter, parseCallersFilter } from '../media/filter.ts'
import type { TagCount } from '../tag/tags.ts'
import { type ColumnCount, type ColumnFacet, maxValues } from './columnCounts.ts'
import type { FacetName } from './ownFields.ts'
import { type FacetCounts, readFacets } from './readFacets.ts'

type First = number | null | undefined

/** Numbers of media by the values of several dimensions. A facet is counted when it is read, with all of the same moment. */
export interface MediaFacets {
  totalCount(): Promise<number>
  /** Kinds in the order of their enum, without those that no media has; statuses likewise. */
  kinds(): Promise<{ kind: MediaKind; count: number }[]>
  statuses(): Promise<{ status: MediaStatus; count: number }[]>
  tags(first: First): Promise<TagCount[]>
  /** Folders with the media directly in them; null is the root. */
  folders(first: First, query: object): Promise<{ folder: Folder | null; count: number }[]>
  courses(first: First, query: object): Promise<{ resource: Resource; count: number }[]>
  uploaders(first: First, query: object): Promise<{ user: User; count: number }[]>
  /** Months of upload in UTC, newest first. */
  months(first: First): Promise<{ from: Date; count: number }[]>
}

export interface Facets {
  /** Parses the filter; counts nothing until a facet is read. */
  ofMedia(actor: Actor, filter: MediaFilter | null | undefined): MediaFacets
}

const firstShape = z.object({
  first: z.number().int().min(1, 'At least 1.').max(maxValues, `At most ${maxValues}.`).nullish(),
})
const parseFirst = (first: First): number => parseInput(firstShape, { first }).first ?? 20

const inEnumOrder = <Value extends string>(all: Record<Value, Value>, counts: readonly ColumnCount[]) =>
  Object.values<Value>(all).flatMap((value) => {
    const count = counts.find(({ key }) => key === value)?.count
    return count === undefined ? [] : [{ value, count }]
  })

/** Loads the rows that the keys of counts name, by id. A row that was deleted meanwhile is missing. */
const rowsById = async <Row extends { id: string }>(
  counts: readonly { key: string | null }[],
  find: (where: { id: { in: string[] } }) => Promise<Row[]>,
): Promise<Map<string | null, Row>> => {
  const rows = await find({ id: { in: counts.flatMap(({ key }) => key ?? []) } })
  return new Map(rows.map((row) => [row.id, row]))
}

const idColumn = { id: true } as const

const createMediaFacets = (database: Database, filter: ParsedFilter): MediaFacets => {
  const count = createBatches(async (names: FacetName[]): Promise<FacetCounts[]> => {
    const counts = await readFacets(database, filter, [...new Set(names)])
    return names.map(() => counts)
  })
  const countColumn = async (name: ColumnFacet): Promise<ColumnCount[]> =>
    (await count(name)).columns.filter(({ facet }) => facet === name)

  return {
    totalCount: async () => (await countColumn('totalCount'))[0]?.count ?? 0,

    kinds: async () =>
      inEnumOrder(MediaKind, await countColumn('kinds')).map(({ value, count }) => ({ kind: value, count })),

    statuses: async () =>
      inEnumOrder(MediaStatus, await countColumn('statuses')).map(({ value, count }) => ({ status: value, count })),

    async tags(first) {
      const limit = parseFirst(first)
      return (await count('tags')).tags.slice(0, limit)
    },

    async folders(first, query) {
      const limit = parseFirst(first)
      const counts = (await countColumn('folders')).slice(0, limit)
      const rows = await rowsById(counts, (where) =>
        database.folder.findMany({ ...alsoSelect(query, idColumn), where }),
      )
      return counts.flatMap(({ key, count }) => {
        const folder = key === null ? null : rows.get(key)
        return folder === undefined ? [] : [{ folder, count }]
      })
    },

    async courses(first, query) {
      const limit = parseFirst(first)
      const counts = (await count('courses')).courses.slice(0, limit)
      const rows = await rowsById(counts, (where) =>
        database.resource.findMany({ ...alsoSelect(query, idColumn), where: { ...where, deletedAt: null } }),
      )
      return counts.flatMap(({ key, count }) => {
        const resource = rows.get(key)
        return resource === undefined ? [] : [{ resource, count }]
      })
    },

    async uploaders(first, query) {
      const limit = parseFirst(first)
      const counts = (await countColumn('uploaders')).slice(0, limit)
      const rows = await rowsById(counts, (where) => database.user.findMany({ ...alsoSelect(query, idColumn), where }))
      return counts.flatMap(({ key, count }) => {
        const user = rows.get(key)
        return user === undefined ? [] : [{ user, count }]
      })
    },

    async months(first) {
      const limit = parseFirst(first)
      const counts = (await countColumn('months')).slice(0, limit)
      return counts.map(({ key, count }) => ({ from: new Date(`${key?.slice(0, 10)}T00:00:00Z`), count }))
    },
  }
}

export const createFacets = ({ database }: { database: Database }): Facets => ({
  ofMedia: (actor, filter) => createMediaFacets(database, parseCallersFilter(actor, filter)),
})
