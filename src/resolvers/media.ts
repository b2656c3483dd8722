import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import { LibraryChangeType, libraryChangesCost } from '../schema/libraryChange.ts'
import { MediaConnection, MediaConvertInput, MediaType, MediaUpdateInput } from '../schema/media.ts'
import { MediaFilterInput } from '../schema/mediaFilter.ts'
import { MediaOrderInput } from '../schema/mediaOrder.ts'
import { connectionQuery, rowsQuery } from '../schema/plannedReads.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  media: t.field({
    type: MediaType,
    nullable: true,
    description: 'One media by its id; null if it does not exist, or if it is in the trash and `trashed` is not true.',
    args: {
      id: t.arg.id({ description: 'Global id of the media.' }),
      trashed: t.arg.boolean({
        required: false,
        description: 'Whether to return the media even if it is in the trash. The default is false.',
      }),
    },
    resolve: (_root, args, context, info) => context.services.media.find(context.actor, args, rowsQuery(context, info)),
  }),
  mediaList: t.connection(
    {
      type: MediaType,
      description: 'Media of the library that match the filter, without the trash unless `filter.trashed` is true.',
      args: {
        filter: t.arg({
          type: MediaFilterInput,
          required: false,
          description: 'Conditions that all have to hold. The default is all media outside the trash.',
        }),
        order: t.arg({
          type: MediaOrderInput,
          required: false,
          description: 'Order of the list. The default is the newest upload first, also for searches.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.mediaList.list(context.actor, args, connectionQuery(context, info)),
    },
    MediaConnection,
  ),
}))

builder.mutationFields((t) => ({
  mediaUpdate: t.field({
    type: MediaType,
    description:
      'Changes the title, names, texts, tags or folder of a media. Its bytes stay the same. Editors may change only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaUpdateInput, description: 'Media and the fields to change.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaUpdateResult',
        description:
          'The updated `Media`, or a refusal: `StateConflictError` if the external id is taken or the media has changed since `ifUnchangedSince`, `NotFoundError` if the media or the folder does not exist or the media is in the trash, `ForbiddenError` if the caller may not change the media, `InvalidInputError` for invalid values.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.mediaUpdater.update(actor, input),
  }),
  mediaRetry: t.field({
    type: MediaType,
    description:
      'Retries the failed work of the current version and of the newest one, which may be a rejected replacement: the examination of the bytes, or the failed renditions. Editors may retry only media that they uploaded, admins all.',
    args: { id: t.arg.id({ description: 'Media whose failed work is retried.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaRetryResult',
        description:
          'The `Media` with its work queued again, or a refusal: `StateConflictError` if nothing has failed, `NotFoundError` if the media does not exist or is in the trash, `ForbiddenError` if the caller may not change it, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.versions.retry(actor, id),
  }),
  mediaConvert: t.field({
    type: MediaType,
    description:
      'Queues renditions of the current version. Existing renditions and those in progress stay; failed and cancelled ones are queued again. Editors may convert only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaConvertInput, description: 'Media and profiles.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaConvertResult',
        description:
          'The `Media` with the queued renditions, or a refusal: `StateConflictError` if the media is not READY, `InvalidInputError` if a profile does not suit its kind, `NotFoundError` if the media does not exist or is in the trash, `ForbiddenError` if the caller may not change it.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.renditions.convert(actor, input),
  }),
}))

builder.subscriptionField('mediaProgress', (t) =>
  t.prismaField({
    type: MediaType,
    description:
      'Follows the processing of media. The first event of each media is its current state; then there is one event per change, while `percent` may be coalesced. The subscription ends when no work is left on any of them. An id that is neither a media nor the `mediaId` of an upload is a `NOT_FOUND` error.',
    args: {
      ids: t.arg.idList({
        description: 'Media to follow: 1 to 100. The `mediaId` of an upload is accepted before its media exists.',
      }),
    },
    subscribe: (_root, { ids }, { actor, services }) => services.subscriptions.media(actor, ids),
    resolve: (query, update) => update.read(query),
  }),
)

builder.subscriptionField('libraryChanges', (t) =>
  t.field({
    type: [LibraryChangeType],
    description:
      'Follows a list of media without end: reports media that enter the filter, change within it, or leave it. The first event is an empty list: every later change is reported, so list the media after it. Changes of one media within a second arrive as one. An event holds at most 100 changes. The percentages of conversions are not reported; `mediaProgress` follows them. Nor are thumbnails that a job adds after the THUMBNAIL rendition was READY.',
    args: {
      filter: t.arg({
        type: MediaFilterInput,
        required: false,
        description:
          'Conditions that all have to hold, as for `mediaList`. The default is all media outside the trash.',
      }),
    },
    complexity: libraryChangesCost,
    subscribe: (_root, args, { actor, services }) => services.libraryChanges.subscribe(actor, args),
    resolve: (changes) => changes,
  }),
)
