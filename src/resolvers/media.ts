import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaConnection, MediaConvertInput, MediaType, MediaUpdateInput } from '../schema/media.ts'
import { MediaFilterInput, MediaOrderInput } from '../schema/mediaFilter.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  media: t.prismaField({
    type: MediaType,
    nullable: true,
    args: {
      id: t.arg.id(),
      trashed: t.arg.boolean({ required: false, description: 'Also finds it in the trash.' }),
    },
    resolve: (query, _root, args, { actor, services }) => services.media.find(actor, args, query),
  }),
  mediaList: t.connection(
    {
      type: MediaType,
      description: 'Newest upload first unless `order` says otherwise.',
      args: {
        filter: t.arg({ type: MediaFilterInput, required: false }),
        order: t.arg({ type: MediaOrderInput, required: false }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.mediaList.list(
          context.actor,
          args,
          queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
        ),
    },
    MediaConnection,
  ),
}))

builder.mutationFields((t) => ({
  mediaUpdate: t.field({
    type: MediaType,
    description: 'Changes how a media is described and where it is filed; its bytes stay.',
    args: { input: t.arg({ type: MediaUpdateInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaUpdateResult' } },
    resolve: (_root, { input }, { actor, services }) => services.mediaUpdater.update(actor, input),
  }),
  mediaRetry: t.field({
    type: MediaType,
    description:
      'Tries again what failed of the current version and of the newest one (a replacement that was refused): the examination of the bytes, or the renditions that could not be made.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaRetryResult' } },
    resolve: (_root, { id }, { actor, services }) => services.versions.retry(actor, id),
  }),
  mediaConvert: t.field({
    type: MediaType,
    description: 'Asks for renditions of the current version.',
    args: { input: t.arg({ type: MediaConvertInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaConvertResult' } },
    resolve: (_root, { input }, { actor, services }) => services.renditions.convert(actor, input),
  }),
}))

builder.subscriptionField('mediaProgress', (t) =>
  t.prismaField({
    type: MediaType,
    description:
      "Up to 100 media or expected media (an upload's mediaId): first their present state, then one event per change of one of them; percent may be coalesced. Ends when all have ended.",
    args: { ids: t.arg.idList() },
    subscribe: (_root, { ids }, { actor, services }) => services.subscriptions.media(actor, ids),
    resolve: (query, update) => update.read(query),
  }),
)
