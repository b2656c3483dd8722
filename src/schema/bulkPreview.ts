import type { BulkKind } from '../services/operation/bulkActions.ts'
import { sampleSize } from '../services/operation/itemGroups.ts'
import type { BulkPreview, BulkRefusal } from '../services/operation/preview.ts'
import { builder } from './builder.ts'
import { ErrorCode } from './errors.ts'
import { MediaType } from './media.ts'

export const BulkActionEnum = builder.enumType('BulkAction', {
  description: 'Kind of a bulk operation.',
  values: {
    DELETE: { value: 'media.delete', description: 'Moves media to the trash, as `mediaBulkDelete` does.' },
    RESTORE: { value: 'media.restore', description: 'Restores media from the trash, as `mediaBulkRestore` does.' },
    PURGE: { value: 'media.purge', description: 'Permanently deletes media from the trash, as `mediaBulkPurge` does.' },
    TAG: {
      value: 'media.tag',
      description:
        'Adds tags to media and removes others, as `mediaBulkTag` does. A preview does not know the tags: media that would have more than 50 are refused only by the operation.',
    },
    MOVE: { value: 'media.move', description: 'Moves media into one folder or to the root, as `mediaBulkMove` does.' },
    LINK: { value: 'media.link', description: 'Links media to one resource, as `mediaBulkLink` does.' },
  } as const satisfies Record<string, { value: BulkKind; description: string }>,
})

const BulkRefusalType = builder.objectRef<BulkRefusal>('BulkRefusal').implement({
  description: 'Media that a bulk operation would refuse for the same reason.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCode, description: 'Kind of the refusal, for programs.' }),
    message: t.exposeString('message', { description: 'Reason for the refusal, for people.' }),
    count: t.exposeInt('count', { description: 'Number of media that would be refused for this reason.' }),
    sample: t.expose('sample', {
      type: [MediaType],
      description: `Up to ${sampleSize} of these media, oldest first. Ids of media that do not exist have none.`,
      complexity: { field: 1, multiplier: sampleSize },
    }),
  }),
})

export const BulkPreviewType = builder.objectRef<BulkPreview>('BulkPreview').implement({
  description: 'The result that a bulk operation would have now. Nothing is changed.',
  fields: (t) => ({
    total: t.exposeInt('total', {
      description: 'Number of items: the named ids, or the media that the filter selects without the exceptions.',
    }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description:
        'Sum of `sizeBytes` of all these media, refused ones included. Equal files are stored once, but each media counts.',
    }),
    allowed: t.exposeInt('allowed', {
      description:
        'Number of media that would be changed. With REJECT_EVERYTHING, none is changed if one media is refused.',
    }),
    refused: t.expose('refused', {
      type: [BulkRefusalType],
      description: 'Media that would be refused, grouped by reason: the largest group first.',
      complexity: { field: 1, multiplier: 3 },
    }),
  }),
})
