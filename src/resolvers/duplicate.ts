import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
import { DuplicateClusterType, MediaMergeInput } from '../schema/duplicate.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.queryField('mediaDuplicates', (t) =>
  t.field({
    type: [DuplicateClusterType],
    description: 'Clusters of at least two media with equal content, largest waste first.',
    args: { first: t.arg.int({ required: false, description: '1 to 100; 20 where absent.' }) },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.min(100, Math.max(1, first ?? 20)) }),
    resolve: (_root, args, context, info) =>
      context.services.duplicates.list(context.actor, args, queryFromInfo({ context, info, path: ['media'] })),
  }),
)

builder.mutationField('mediaMerge', (t) =>
  t.field({
    type: MediaType,
    description:
      'Keeps one of several media with equal content: their links, current assignments and tags move to it, the others go into the trash.',
    args: { input: t.arg({ type: MediaMergeInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaMergeResult' } },
    resolve: (_root, { input }, { actor, services }) => services.duplicates.merge(actor, input),
  }),
)
