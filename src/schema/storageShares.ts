import type { CourseShare, SizeBucket, StorageAnalytics } from '../services/analytics/analytics.ts'
import { builder } from './builder.ts'
import { MediaKindEnum } from './enums.ts'
import { ResourceType } from './resource.ts'

export const KindShareType = builder.objectRef<StorageAnalytics['byKind'][number]>('KindShare').implement({
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

export const SizeBucketType = builder.objectRef<SizeBucket>('SizeBucket').implement({
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

export const CourseShareType = builder.objectRef<CourseShare>('CourseShare').implement({
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
