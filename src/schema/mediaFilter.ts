import { builder } from './builder.ts'
import { MediaKindEnum, MediaStatusEnum, RenditionStatusEnum } from './enums.ts'
import { ResourceRef } from './resourceInput.ts'

export const MediaFilterInput = builder.inputType('MediaFilter', {
  description:
    'Selects the media that match every given field. Absent fields and null do not restrict the selection; an empty list matches no media, except that an empty `tagsAll` matches every media.',
  fields: (t) => ({
    search: t.string({
      required: false,
      description:
        'Words, or beginnings of words, of the title, the tags or the file name; typos are tolerated. `C++`, `C#` and `C` are different words, `node.js` finds two words next to each other. In scripts without blanks between words, such as Han, kana, Hangul, Thai, Lao, Khmer and Burmese, any part of a text is found. A text without letters and digits finds the titles that are equal to it. At most 500 characters and 16 words. A blank text does not restrict the selection.',
    }),
    kinds: t.field({
      type: [MediaKindEnum],
      required: false,
      description: 'The kind of the media is one of these. At most 20 values.',
    }),
    mimeType: t.string({
      required: false,
      description: 'MIME type of the original file, such as `video/mp4`, regardless of case.',
    }),
    statuses: t.field({
      type: [MediaStatusEnum],
      required: false,
      description: 'The status of the media is one of these. At most 20 values.',
    }),
    renditionStatuses: t.field({
      type: [RenditionStatusEnum],
      required: false,
      description: 'A rendition of the current version has one of these statuses. At most 20 values.',
    }),
    tagsAll: t.stringList({
      required: false,
      description:
        'The media carries all of these tags, cleaned as in `MediaUpdateInput`, regardless of case. At most 50 tags.',
    }),
    tagsAny: t.stringList({
      required: false,
      description:
        'The media carries at least one of these tags, cleaned as in `MediaUpdateInput`, regardless of case. At most 50 tags.',
    }),
    folderId: t.id({
      required: false,
      description:
        'The media lies directly in this folder; media in its subfolders do not match. Null does not select the root: see `atRoot`.',
    }),
    atRoot: t.boolean({
      required: false,
      description:
        'True selects only media that are in no folder; it cannot be combined with `folderId` or `inFolder`. False does not restrict the selection.',
    }),
    inFolder: t.id({
      required: false,
      description: 'The media lies in this folder or in any folder below it.',
    }),
    ids: t.idList({
      required: false,
      description: 'The media is one of these. At most 1,000 ids.',
    }),
    externalId: t.string({ required: false, description: 'The external id of the media, compared exactly.' }),
    usedIn: t.field({
      type: ResourceRef,
      required: false,
      description: 'The media is used by this resource or by one of its descendants.',
    }),
    assignedToId: t.id({
      required: false,
      description:
        'The media is the current assignment of this user. Viewers may name only themselves; otherwise the call is refused with FORBIDDEN.',
    }),
    used: t.boolean({
      required: false,
      description:
        'True selects media that are linked to a resource or currently assigned to a user, false selects the others.',
    }),
    unusedForDays: t.int({
      extensions: { dependsOnTime: true },
      required: false,
      description:
        'The media has been unused for at least this number of days, counted from its upload or its last use. From 0 to 36,500.',
    }),
    uploadedById: t.id({ required: false, description: 'The media was uploaded by this user.' }),
    uploadedAfter: t.field({
      type: 'DateTime',
      required: false,
      description: 'The media was uploaded at this time or later.',
    }),
    uploadedBefore: t.field({
      type: 'DateTime',
      required: false,
      description: 'The media was uploaded earlier than this time.',
    }),
    minSizeBytes: t.field({
      type: 'SafeInt',
      required: false,
      description: 'The original file has at least this size in bytes.',
    }),
    maxSizeBytes: t.field({
      type: 'SafeInt',
      required: false,
      description: 'The original file has at most this size in bytes.',
    }),
    hasAltText: t.boolean({
      required: false,
      description: 'True selects media with an alternative text, false media without one.',
    }),
    minDurationSeconds: t.float({
      required: false,
      description:
        'The current version plays for at least this number of seconds; media without a duration do not match. It must not exceed `maxDurationSeconds`.',
    }),
    maxDurationSeconds: t.float({
      required: false,
      description:
        'The current version plays for at most this number of seconds; media without a duration do not match.',
    }),
    deletedById: t.id({
      required: false,
      description: 'The media is in the trash and was moved there by this user. Use it with `trashed: true`.',
    }),
    sha256: t.string({
      required: false,
      description: 'SHA-256 of the original file: 64 hexadecimal digits, regardless of case.',
    }),
    trashed: t.boolean({
      required: false,
      description: 'False (the default) selects media outside the trash, true selects media in the trash only.',
    }),
  }),
})
