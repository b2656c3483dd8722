import { MediaSort, SortDirection } from '../services/media/order.ts'
import { builder } from './builder.ts'
import { MediaKindEnum, MediaStatusEnum, RenditionStatusEnum } from './enums.ts'
import { ResourceRef } from './resourceInput.ts'

export const MediaFilterInput = builder.inputType('MediaFilter', {
  description: 'What all given fields ask for at once.',
  fields: (t) => ({
    search: t.string({ required: false, description: 'File name, title, tag; forgiving of typos.' }),
    kinds: t.field({ type: [MediaKindEnum], required: false }),
    mimeType: t.string({ required: false }),
    statuses: t.field({ type: [MediaStatusEnum], required: false }),
    renditionStatuses: t.field({
      type: [RenditionStatusEnum],
      required: false,
      description: 'A rendition of the current version has one of these.',
    }),
    tagsAll: t.stringList({ required: false, description: 'Regardless of case.' }),
    tagsAny: t.stringList({ required: false, description: 'Regardless of case.' }),
    folderId: t.id({ required: false, description: 'In this very folder.' }),
    externalId: t.string({ required: false }),
    usedIn: t.field({
      type: ResourceRef,
      required: false,
      description: 'Used anywhere in this resource, or below it.',
    }),
    used: t.boolean({ required: false, description: 'Linked, or currently assigned.' }),
    unusedForDays: t.int({ required: false, description: 'Unused for at least so many days.' }),
    uploadedById: t.id({ required: false }),
    uploadedAfter: t.field({ type: 'DateTime', required: false, description: 'At this time, or after it.' }),
    uploadedBefore: t.field({ type: 'DateTime', required: false }),
    minSizeBytes: t.field({ type: 'SafeInt', required: false }),
    maxSizeBytes: t.field({ type: 'SafeInt', required: false }),
    sha256: t.string({ required: false }),
    trashed: t.boolean({
      required: false,
      description: 'False (default) hides the trash, true shows only the trash.',
    }),
  }),
})

const MediaSortEnum = builder.enumType(MediaSort, {
  name: 'MediaSort',
  description: 'RELEVANCE is for searches, and lists the 1,000 best.',
})

const SortDirectionEnum = builder.enumType(SortDirection, { name: 'SortDirection' })

export const MediaOrderInput = builder.inputType('MediaOrder', {
  fields: (t) => ({
    by: t.field({ type: MediaSortEnum }),
    direction: t.field({ type: SortDirectionEnum }),
  }),
})
