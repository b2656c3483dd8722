import { z } from 'zod'
import type { Media, Resource } from '../../../prisma/generated/client/client.ts'
import { MediaKind } from '../../../prisma/generated/client/enums.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput } from '../kernel/input.ts'
import { enforce, mayReadAnalytics } from '../kernel/policies.ts'
import type { Clock, Database, Transaction } from '../kernel/ports.ts'
import { staleWhileRevalidate } from '../kernel/staleWhileRevalidate.ts'
import { runLong } from '../locking/statementTimeout.ts'
import { computeCourses } from './courses.ts'
import { computeGrowth, type GrowthPoint, type Interval } from './growth.ts'
import { type ProcessingAnalytics, readProcessing } from './processing.ts'
import { bucketStarts, computeTotals, type StorageTotals, type Sum } from './totals.ts'

export interface OrphanAnalytics {
  files: number
  bytes: number
  neverUsed: number
  noLongerUsed: number
}

export interface SizeBucket {
  fromBytes: number
  /** Exclusive; null for the last bucket. */
  toBytes: number | null
  files: number
  bytes: number
}

export interface CourseShare {
  course: Resource
  files: number
  bytes: number
}

/** Sums over media outside the trash, unless a field says otherwise. */
export interface StorageAnalytics {
  computedAt: Date
  totalFiles: number
  usedFiles: number
  unusedFiles: number
  totalBytes: number
  trashedBytes: number
  storedBytes: number
  deduplicatedBytes: number
  byKind: { kind: MediaKind; files: number; bytes: number }[]
  sizeDistribution: SizeBucket[]
  orphans(unusedForDays: number | null | undefined): OrphanAnalytics
  growth(interval: Interval, last: number): GrowthPoint[]
}

export interface Analytics {
  /** Returns sums that are at most a minute old. */
  storage(actor: Actor): Promise<StorageAnalytics>
  /** Returns current values, without a cache. */
  processing(actor: Actor): Promise<ProcessingAnalytics>
  /** Returns the media with the most usages, without a cache. */
  mostUsed(actor: Actor, first: number | null | undefined, query: object): Promise<Media[]>
  /** Returns the courses with the most bytes, by sums that are at most a minute old. */
  courses(actor: Actor, first: number | null | undefined, query: object): Promise<CourseShare[]>
}

interface AnalyticsOptions {
  database: Database
  clock: Clock
}

const maxRows = 100
/** The sums read the whole library: seconds for a million media, if the machine has nothing else to do. */
const figuresTimeoutMs = 60_000
const firstShape = z.object({
  first: z.number().int().min(1, 'At least 1.').max(maxRows, `At most ${maxRows}.`).nullish(),
})
const orphansShape = z.object({ unusedForDays: z.number().int().min(0, 'Must not be negative.').max(36_500).nullish() })
const growthShape = z.object({ last: z.number().int().min(1, 'At least 1.').max(366, 'At most 366.') })

const sumAll = (sums: readonly Sum<unknown>[]) => ({
  files: sums.reduce((files, sum) => files + sum.files, 0),
  bytes: sums.reduce((bytes, sum) => bytes + sum.bytes, 0),
})

const toStorageAnalytics = (totals: StorageTotals): StorageAnalytics => {
  const all = sumAll(totals.byKind)
  const unusedFiles = sumAll(totals.unused).files
  const sumForKey = <Key>(sums: Sum<Key>[], key: Key) => sumAll(sums.filter((sum) => sum.key === key))
  return {
    computedAt: totals.computedAt,
    totalFiles: all.files,
    usedFiles: all.files - unusedFiles,
    unusedFiles,
    totalBytes: all.bytes,
    trashedBytes: totals.trashedBytes,
    storedBytes: totals.storedBytes,
    deduplicatedBytes: totals.deduplicatedBytes,
    byKind: Object.values(MediaKind).map((kind) => ({ kind, ...sumForKey(totals.byKind, kind) })),
    sizeDistribution: bucketStarts.map((fromBytes, index) => ({
      fromBytes,
      toBytes: bucketStarts[index + 1] ?? null,
      ...sumForKey(totals.bySize, index),
    })),
    orphans(days) {
      const unusedForDays = parseInput(orphansShape, { unusedForDays: days }).unusedForDays ?? 30
      const orphans = totals.unused.filter(({ key }) => key >= unusedForDays)
      const neverUsed = sumAll(orphans.filter((sum) => sum.neverUsed)).files
      const { files, bytes } = sumAll(orphans)
      return { files, bytes, neverUsed, noLongerUsed: files - neverUsed }
    },
    growth: (interval, last) =>
      computeGrowth(totals.byDay, interval, parseInput(growthShape, { last }).last, totals.computedAt),
  }
}

export const createAnalytics = ({ database, clock }: AnalyticsOptions): Analytics => {
  const readFigures = <Figures>(read: (transaction: Transaction) => Promise<Figures>): Promise<Figures> =>
    runLong(database, figuresTimeoutMs, read)
  const cacheOptions = { clock, freshMs: 20_000, maxAgeMs: 60_000 }
  const storage = staleWhileRevalidate({
    ...cacheOptions,
    compute: async () =>
      toStorageAnalytics(await readFigures((transaction) => computeTotals(transaction, clock.now()))),
  })
  const courses = staleWhileRevalidate({
    ...cacheOptions,
    compute: () => readFigures((transaction) => computeCourses(transaction, maxRows)),
  })
  const parseFirst = (first: number | null | undefined): number => parseInput(firstShape, { first }).first ?? 10

  return {
    async storage(actor) {
      enforce(mayReadAnalytics(actor))
      return storage()
    },

    async processing(actor) {
      enforce(mayReadAnalytics(actor))
      return readProcessing(database, clock.now())
    },

    async mostUsed(actor, first, query) {
      enforce(mayReadAnalytics(actor))
      return database.media.findMany({
        ...query,
        where: { deletedAt: null, usageCount: { gt: 0 } },
        orderBy: [{ usageCount: 'desc' }, { id: 'desc' }],
        take: parseFirst(first),
      })
    },

    async courses(actor, first, query) {
      enforce(mayReadAnalytics(actor))
      const limit = parseFirst(first)
      const sums = (await courses()).slice(0, limit)
      const ids = sums.map(({ resourceId }) => resourceId)
      const rows = await database.resource.findMany({ ...query, where: { id: { in: ids }, deletedAt: null } })
      const byId = new Map(rows.map((row) => [row.id, row]))
      return sums.flatMap(({ resourceId, files, bytes }) => {
        const course = byId.get(resourceId)
        return course === undefined ? [] : [{ course, files, bytes }]
      })
    },
  }
}
