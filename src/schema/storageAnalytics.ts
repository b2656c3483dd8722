import { queryFromInfo } from '@pothos/plugin-prisma'
import type { StorageAnalytics } from '../services/analytics/analytics.ts'
import { builder } from './builder.ts'
import { GrowthPointType, IntervalEnum } from './growth.ts'
import { MediaType } from './media.ts'
import { OrphanAnalyticsType } from './orphans.ts'
import { CourseShareType, KindShareType, SizeBucketType } from './storageShares.ts'

export const StorageAnalyticsType = builder.objectRef<StorageAnalytics>('StorageAnalytics').implement({
  description:
    'Number and size of the files in the library. Media in the trash count only where a field says so. The figures are at most 60 seconds old.',
  fields: (t) => ({
    computedAt: t.expose('computedAt', { type: 'DateTime', description: 'Time at which the figures were computed.' }),
    totalFiles: t.exposeInt('totalFiles', { description: 'Number of media outside the trash.' }),
    usedFiles: t.exposeInt('usedFiles', {
      description: 'Number of media that a resource shows or that are currently assigned to a user.',
    }),
    unusedFiles: t.exposeInt('unusedFiles', { description: 'Number of media that are neither linked nor assigned.' }),
    orphans: t.field({
      type: OrphanAnalyticsType,
      description: 'Media that have been unused for a number of days.',
      args: {
        unusedForDays: t.arg.int({
          required: false,
          description: 'Minimum number of whole days without any use: 0 to 36,500. The default is 30.',
        }),
      },
      resolve: (storage, { unusedForDays }) => storage.orphans(unusedForDays),
    }),
    totalBytes: t.expose('totalBytes', {
      type: 'SafeInt',
      description: 'Size of the originals of all current versions outside the trash, in bytes.',
    }),
    trashedBytes: t.expose('trashedBytes', {
      type: 'SafeInt',
      description: 'Size of the originals of the current versions of media in the trash, in bytes.',
    }),
    storedBytes: t.expose('storedBytes', {
      type: 'SafeInt',
      description:
        'Size of all stored blobs in bytes: all versions and renditions, including the trash. Identical content counts once.',
    }),
    deduplicatedBytes: t.expose('deduplicatedBytes', {
      type: 'SafeInt',
      description: 'Bytes saved because identical content is stored only once.',
    }),
    byKind: t.expose('byKind', {
      type: [KindShareType],
      description: 'One entry for every kind, including kinds without media.',
    }),
    sizeDistribution: t.expose('sizeDistribution', {
      type: [SizeBucketType],
      description:
        'Media by the size of their current original, smallest range first: below 100 KiB, then up to 1 MiB, 10 MiB, 100 MiB, 1 GiB, 10 GiB, and above.',
    }),
    growth: t.field({
      type: [GrowthPointType],
      description:
        'Uploads per interval, oldest first and without gaps. The last entry is the interval that is not over yet.',
      args: {
        interval: t.arg({ type: IntervalEnum, description: 'Length of each interval.' }),
        last: t.arg.int({ description: 'Number of intervals, including the current one: 1 to 366.' }),
      },
      resolve: (storage, { interval, last }) => storage.growth(interval, last),
    }),
    mostUsed: t.prismaField({
      type: [MediaType],
      description:
        'Media with the most links, most used first. Media without links are left out; assignments do not count.',
      args: {
        first: t.arg.int({ required: false, description: 'Maximum number of media: 1 to 100. The default is 10.' }),
      },
      resolve: (query, _storage, { first }, { actor, services }) => services.analytics.mostUsed(actor, first, query),
    }),
    courses: t.field({
      type: [CourseShareType],
      description: 'Courses whose media have the most bytes, largest first. Courses without media are left out.',
      args: {
        first: t.arg.int({ required: false, description: 'Maximum number of courses: 1 to 100. The default is 10.' }),
      },
      resolve: (_storage, { first }, context, info) =>
        context.services.analytics.courses(context.actor, first, queryFromInfo({ context, info, path: ['course'] })),
    }),
  }),
})
