import type { DuplicateCluster } from '../services/duplicate/duplicates.ts'
import { builder } from './builder.ts'
import { MediaType } from './media.ts'

export const DuplicateClusterType = builder.objectRef<DuplicateCluster>('DuplicateCluster').implement({
  description: 'Media with equal content.',
  fields: (t) => ({
    sha256: t.exposeString('sha256'),
    wastedBytes: t.expose('wastedBytes', { type: 'SafeInt', description: 'The size of all of them but one.' }),
    media: t.expose('media', {
      type: [MediaType],
      description: 'Oldest first, at most 25; merge these to see the rest.',
      complexity: { field: 1, multiplier: 5 },
    }),
  }),
})

export const MediaMergeInput = builder.inputType('MediaMergeInput', {
  fields: (t) => ({
    keepId: t.id(),
    removeIds: t.idList({ description: 'At most 100; their content is that of the one that is kept.' }),
  }),
})
