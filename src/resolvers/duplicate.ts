import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
import { DuplicateClusterType, MediaMergeInput } from '../schema/duplicate.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { timeouts } from '../schema/timeouts.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.queryField('mediaDuplicates', (t) =>
  t.field({
    type: [DuplicateClusterType],
    description: 'Groups of media with equal content outside the trash, the group with the most `wastedBytes` first.',
    args: {
      first: t.arg.int({ required: false, description: 'Maximum number of groups: 1 to 100. The default is 20.' }),
    },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.min(100, Math.max(1, first ?? 20)) }),
    resolve: (_root, args, context, info) =>
      context.services.duplicates.list(context.actor, args, queryFromInfo({ context, info, path: ['media'] })),
  }),
)

builder.mutationField('mediaMerge', (t) =>
  t.field({
    type: MediaType,
    extensions: timeouts.bulk,
    description:
      'Merges media with equal content into one. Their links, current assignments and tags move to the kept media, and the other media move to the trash. The caller needs the right to change all of them. At most 50 tags are kept.',
    args: { input: t.arg({ type: MediaMergeInput, description: 'Media to keep and media to merge into it.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaMergeResult',
        description:
          'The kept `Media`, or a refusal: `StateConflictError` if a media has different content, or if the kept media is not READY and another one is assigned; `NotFoundError` if a media does not exist or is in the trash; `ForbiddenError` if the caller may not change one of them; `InvalidInputError` for a wrong number of ids or if `keepId` is among `removeIds`.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.duplicates.merge(actor, input),
  }),
)
