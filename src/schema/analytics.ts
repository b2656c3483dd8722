import { queryFromInfo } from '@pothos/plugin-prisma'
import type { CourseShare, OrphanAnalytics, SizeBucket, StorageAnalytics } from '../services/analytics/analytics.ts'
import type { GrowthPoint } from '../services/analytics/growth.ts'
import type { ProcessingAnalytics, ProfileTiming } from '../services/analytics/processing.ts'
import { builder } from './builder.ts'
import { MediaKindEnum, RenditionProfileEnum } from './enums.ts'
import { MediaType } from './media.ts'
import { ResourceType } from './resource.ts'

const IntervalEnum = builder.enumType('Interval', {
  description: 'In UTC; weeks begin on Mondays.',
  values: ['DAY', 'WEEK', 'MONTH'] as const,
})

const OrphanAnalyticsType = builder.objectRef<OrphanAnalytics>('OrphanAnalytics').implement({
  description: 'Media that nothing has used for so long; never the trash, and never uploads on their way.',
  fields: (t) => ({
    files: t.exposeInt('files'),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
    neverUsed: t.exposeInt('neverUsed', { description: 'Nothing ever used them.' }),
    noLongerUsed: t.exposeInt('noLongerUsed', { description: 'Something did, once.' }),
  }),
})

const KindShareType = builder.objectRef<StorageAnalytics['byKind'][number]>('KindShare').implement({
  fields: (t) => ({
    kind: t.expose('kind', { type: MediaKindEnum }),
    files: t.exposeInt('files'),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
  }),
})

const SizeBucketType = builder.objectRef<SizeBucket>('SizeBucket').implement({
  fields: (t) => ({
    fromBytes: t.expose('fromBytes', { type: 'SafeInt' }),
    toBytes: t.expose('toBytes', { type: 'SafeInt', nullable: true, description: 'Exclusive; null for the last.' }),
    files: t.exposeInt('files'),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
  }),
})

const GrowthPointType = builder.objectRef<GrowthPoint>('GrowthPoint').implement({
  description: 'What was uploaded in an interval and is not in the trash.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime' }),
    files: t.exposeInt('files'),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
    totalBytes: t.expose('totalBytes', { type: 'SafeInt', description: 'With all that was uploaded before.' }),
  }),
})

const CourseShareType = builder.objectRef<CourseShare>('CourseShare').implement({
  description: 'Distinct media used in a course, its chapters and its lessons.',
  fields: (t) => ({
    course: t.expose('course', { type: ResourceType }),
    files: t.exposeInt('files'),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
  }),
})

const StorageAnalyticsType = builder.objectRef<StorageAnalytics>('StorageAnalytics').implement({
  description: 'Of what is not in the trash, unless named so. At most 60 s old.',
  fields: (t) => ({
    computedAt: t.expose('computedAt', { type: 'DateTime' }),
    totalFiles: t.exposeInt('totalFiles'),
    usedFiles: t.exposeInt('usedFiles', { description: 'Linked, or currently assigned.' }),
    unusedFiles: t.exposeInt('unusedFiles'),
    orphans: t.field({
      type: OrphanAnalyticsType,
      args: { unusedForDays: t.arg.int({ required: false, description: 'At least so many; 30 where absent.' }) },
      resolve: (storage, { unusedForDays }) => storage.orphans(unusedForDays),
    }),
    totalBytes: t.expose('totalBytes', { type: 'SafeInt', description: 'Originals of current versions.' }),
    trashedBytes: t.expose('trashedBytes', {
      type: 'SafeInt',
      description: 'Originals of current versions in the trash.',
    }),
    storedBytes: t.expose('storedBytes', {
      type: 'SafeInt',
      description: 'Every blob: all versions and renditions, trash included.',
    }),
    deduplicatedBytes: t.expose('deduplicatedBytes', {
      type: 'SafeInt',
      description: 'Bytes that identical content shares instead of storing again.',
    }),
    byKind: t.expose('byKind', { type: [KindShareType], description: 'Every kind, also those without files.' }),
    sizeDistribution: t.expose('sizeDistribution', { type: [SizeBucketType], description: 'By original size.' }),
    growth: t.field({
      type: [GrowthPointType],
      description: 'The last intervals, the present one included, oldest first, without gaps; at most 366.',
      args: { interval: t.arg({ type: IntervalEnum }), last: t.arg.int() },
      resolve: (storage, { interval, last }) => storage.growth(interval, last),
    }),
    mostUsed: t.prismaField({
      type: [MediaType],
      description: 'By the number of links; those that have any; 10 of them, at most 100.',
      args: { first: t.arg.int({ required: false }) },
      resolve: (query, _storage, { first }, { actor, services }) => services.analytics.mostUsed(actor, first, query),
    }),
    courses: t.field({
      type: [CourseShareType],
      description: 'Those that hold the most bytes; 10 of them, at most 100.',
      args: { first: t.arg.int({ required: false }) },
      resolve: (_storage, { first }, context, info) =>
        context.services.analytics.courses(context.actor, first, queryFromInfo({ context, info, path: ['course'] })),
    }),
  }),
})

const ProfileTimingType = builder.objectRef<ProfileTiming>('ProfileTiming').implement({
  fields: (t) => ({
    profile: t.expose('profile', { type: RenditionProfileEnum }),
    seconds: t.exposeFloat('seconds'),
  }),
})

const ProcessingAnalyticsType = builder.objectRef<ProcessingAnalytics>('ProcessingAnalytics').implement({
  description: 'The work of the workers at this moment.',
  fields: (t) => ({
    queued: t.exposeInt('queued', {
      description: 'Renditions that wait, and versions whose bytes have not been examined to the end.',
    }),
    running: t.exposeInt('running', { description: 'Renditions that are being made.' }),
    oldestQueuedSeconds: t.exposeFloat('oldestQueuedSeconds', {
      nullable: true,
      description: 'How long the first of the queued has waited; null where there is none.',
    }),
    succeededLast24h: t.exposeInt('succeededLast24h', { description: 'Renditions.' }),
    failedLast24h: t.exposeInt('failedLast24h', { description: 'Renditions that have not been retried since.' }),
    medianSecondsByProfile: t.expose('medianSecondsByProfile', {
      type: [ProfileTimingType],
      description: 'From the start of the last attempt to its success, of what succeeded in the last 24 hours.',
    }),
  }),
})

/** Its fields ask the services: there is nothing to carry. */
export const AnalyticsType = builder.objectRef<Record<string, never>>('Analytics').implement({
  description: 'For editors and admins.',
  fields: (t) => ({
    storage: t.field({
      type: StorageAnalyticsType,
      resolve: (_root, _args, { actor, services }) => services.analytics.storage(actor),
    }),
    processing: t.field({
      type: ProcessingAnalyticsType,
      resolve: (_root, _args, { actor, services }) => services.analytics.processing(actor),
    }),
  }),
})
