import type { DuplicateCluster } from '../services/duplicate/duplicates.ts'
import { builder } from './builder.ts'
import { MediaType } from './media.ts'

export const DuplicateClusterType = builder.objectRef<DuplicateCluster>('DuplicateCluster').implement({
  description: 'A group of at least two media outside the trash whose current versions hold the same bytes.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', {
      description: 'SHA-256 of the shared content, 64 lower-case hexadecimal digits.',
    }),
    wastedBytes: t.expose('wastedBytes', {
      type: 'SafeInt',
      description:
        'Bytes that the extra copies account for: the size of all copies but one. Identical content is stored only once, so merging does not free them on disk.',
    }),
    media: t.expose('media', {
      type: [MediaType],
      description: 'Media of the group, oldest upload first: at most 25. Merge these to see the others.',
      complexity: { field: 1, multiplier: 5 },
    }),
  }),
})

export const MediaMergeInput = builder.inputType('MediaMergeInput', {
  description: 'Input of `mediaMerge`.',
  fields: (t) => ({
    keepId: t.id({ description: 'Media that is kept.' }),
    removeIds: t.idList({
      description:
        'Media that are merged into `keepId` and moved to the trash: 1 to 100, all with the same content as `keepId`.',
    }),
  }),
})
