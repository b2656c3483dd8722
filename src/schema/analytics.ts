import { queryFromInfo } from '@pothos/plugin-prisma'
import type { CourseShare, OrphanAnalytics, SizeBucket, StorageAnalytics } from '../services/analytics/analytics.ts'
import type { GrowthPoint } from '../services/analytics/growth.ts'
import type { ProcessingAnalytics, ProfileTiming } from '../services/analytics/processing.ts'
import { builder } from './builder.ts'
import { MediaKindEnum, RenditionProfileEnum } from './enums.ts'
import { MediaType } from './media.ts'
import { ResourceType } from './resource.ts'

const IntervalEnum = builder.enumType('Interval', {
  description: 'Length of an interval of `growth`. Intervals begin and end in UTC.',
  values: {
    DAY: { description: 'A calendar day, from midnight UTC.' },
    WEEK: { description: 'A week, from midnight UTC on Monday.' },
    MONTH: { description: 'A calendar month, from midnight UTC on its first day.' },
  } as const,
})

const OrphanAnalyticsType = builder.objectRef<OrphanAnalytics>('OrphanAnalytics').implement({
  description:
    'Media that have been unused for at least the requested number of days. Media in the trash and unfinished uploads do not count.',
  fields: (t) => ({
    files: t.exposeInt('files', { description: 'Number of these media.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
    neverUsed: t.exposeInt('neverUsed', { description: 'Number of these media that were never linked or assigned.' }),
    noLongerUsed: t.exposeInt('noLongerUsed', {
      description: 'Number of these media that were linked or assigned before but are not now.',
    }),
  }),
})

const KindShareType = builder.objectRef<StorageAnalytics['byKind'][number]>('KindShare').implement({
  description: 'Media of one kind outside the trash.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MediaKindEnum, description: 'Kind of these media.' }),
    files: t.exposeInt('files', { description: 'Number of media of this kind.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
  }),
})

const SizeBucketType = builder.objectRef<SizeBucket>('SizeBucket').implement({
  description: 'Media outside the trash whose current original has a size in one range.',
  fields: (t) => ({
    fromBytes: t.expose('fromBytes', { type: 'SafeInt', description: 'Lower end of the range in bytes, inclusive.' }),
    toBytes: t.expose('toBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'Upper end of the range in bytes, exclusive; null for the last range, which has no upper end.',
    }),
    files: t.exposeInt('files', { description: 'Number of media in this range.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
  }),
})

const GrowthPointType = builder.objectRef<GrowthPoint>('GrowthPoint').implement({
  description: 'Media uploaded in one interval that are not in the trash now.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Start of the interval, inclusive.' }),
    files: t.exposeInt('files', { description: 'Number of media uploaded in the interval.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
    totalBytes: t.expose('totalBytes', {
      type: 'SafeInt',
      description: 'Size of all media uploaded up to the end of the interval, in bytes.',
    }),
  }),
})

const CourseShareType = builder.objectRef<CourseShare>('CourseShare').implement({
  description: 'Distinct media that a course, its chapters and its lessons show.',
  fields: (t) => ({
    course: t.expose('course', { type: ResourceType, description: 'Resource of the type `course`.' }),
    files: t.exposeInt('files', { description: 'Number of distinct media used in the course or below it.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
  }),
})

const StorageAnalyticsType = builder.objectRef<StorageAnalytics>('StorageAnalytics').implement({
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

const ProfileTimingType = builder.objectRef<ProfileTiming>('ProfileTiming').implement({
  description: 'Conversion time of one rendition profile.',
  fields: (t) => ({
    profile: t.expose('profile', { type: RenditionProfileEnum, description: 'Profile of the renditions.' }),
    seconds: t.exposeFloat('seconds', {
      description: 'Median time in seconds from the start of the last attempt to its success.',
    }),
  }),
})

const ProcessingAnalyticsType = builder.objectRef<ProcessingAnalytics>('ProcessingAnalytics').implement({
  description: 'Current workload of the workers, and their results of the last 24 hours.',
  fields: (t) => ({
    queued: t.exposeInt('queued', {
      description:
        'Number of renditions that wait for a worker, plus the number of versions whose examination has not finished.',
    }),
    running: t.exposeInt('running', { description: 'Number of renditions that workers are making now.' }),
    oldestQueuedSeconds: t.exposeFloat('oldestQueuedSeconds', {
      nullable: true,
      description: 'Seconds that the oldest item counted in `queued` has been waiting; null if nothing is queued.',
    }),
    succeededLast24h: t.exposeInt('succeededLast24h', {
      description: 'Number of renditions that became READY in the last 24 hours.',
    }),
    failedLast24h: t.exposeInt('failedLast24h', {
      description: 'Number of renditions that failed in the last 24 hours and have not been retried since.',
    }),
    medianSecondsByProfile: t.expose('medianSecondsByProfile', {
      type: [ProfileTimingType],
      description:
        'Median conversion times of the renditions that succeeded in the last 24 hours. Profiles without such renditions are left out.',
    }),
  }),
})

/** Empty parent object: its fields call the services. */
export const AnalyticsType = builder.objectRef<Record<string, never>>('Analytics').implement({
  description:
    'Figures about the library and the workers. They need the role editor or admin; others get a `FORBIDDEN` error.',
  fields: (t) => ({
    storage: t.field({
      type: StorageAnalyticsType,
      description: 'Number and size of the files in the library, at most 60 seconds old.',
      resolve: (_root, _args, { actor, services }) => services.analytics.storage(actor),
    }),
    processing: t.field({
      type: ProcessingAnalyticsType,
      description: 'Workload of the workers, computed for each request.',
      resolve: (_root, _args, { actor, services }) => services.analytics.processing(actor),
    }),
  }),
})
