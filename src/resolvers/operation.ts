import { builder } from '../schema/builder.ts'
import { BulkActionEnum, BulkPreviewType } from '../schema/bulkPreview.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import {
  BulkMediaInput,
  MediaBulkLinkInput,
  MediaBulkMoveInput,
  MediaBulkTagInput,
  OperationConnection,
  OperationType,
} from '../schema/operation.ts'
import { connectionQuery, rowsQuery } from '../schema/plannedReads.ts'
import { timeouts } from '../schema/timeouts.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

const refusals = [StateConflictError, ...commonRefusals]
const resultTypes = [OperationType, ...refusals]

/** Result of all bulk mutations. Refusals are recognized by their class; any other value is an operation. */
const OperationResult = builder.errorUnion<(typeof resultTypes)[number], string>('OperationResult', {
  description:
    'The queued `Operation`, or a refusal that changes nothing: `StateConflictError` if the filter selects another number than `expectedCount`, `InvalidInputError` for an invalid target or input, `NotFoundError` if the folder does not exist, `ForbiddenError` if the role of the caller does not allow the operation. Items that fail later are listed in `failures` of the operation.',
  types: resultTypes,
  resolveType: () => 'Operation',
})

builder.queryFields((t) => ({
  mediaBulkPreview: t.field({
    type: BulkPreviewType,
    extensions: timeouts.figures,
    description:
      'Previews a bulk operation: how many media it would change now, and how many it would refuse for which reasons. It changes nothing. It needs the role that the operation needs. What refuses the operation as a whole is an error: STATE_CONFLICT if the filter selects another number than `expectedCount`, INVALID_INPUT for an invalid target.',
    args: {
      action: t.arg({ type: BulkActionEnum, description: 'Kind of the operation.' }),
      input: t.arg({ type: BulkMediaInput, description: 'Media that the operation would get.' }),
    },
    complexity: 10,
    resolve: (_root, { action, input }, context, info) =>
      context.services.operations.preview(
        context.actor,
        { kind: action, target: input },
        rowsQuery(context, info, [['refused', 'sample']]),
      ),
  }),
  operation: t.prismaField({
    type: OperationType,
    nullable: true,
    description:
      'One bulk operation by its id; null if it does not exist, or if another user requested it and the caller is not an admin.',
    args: { id: t.arg.id({ description: 'Global id of the operation.' }) },
    resolve: (query, _root, { id }, { actor, services }) => services.operations.find(actor, id, query),
  }),
  operations: t.connection(
    {
      type: OperationType,
      description: 'Bulk operations that the caller requested, newest first.',
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.operations.list(context.actor, args, connectionQuery(context, info)),
    },
    OperationConnection,
  ),
}))

builder.mutationFields((t) => ({
  mediaBulkDelete: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description:
      'Moves many media to the trash. Media that are in use fail and stay. Editors may delete only media that they uploaded, admins all.',
    args: { input: t.arg({ type: BulkMediaInput, description: 'Media to delete.' }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.delete', target: input, path: '', input: {} }),
  }),
  mediaBulkRestore: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description:
      'Restores many media from the trash, or with the filter `{ trashed: true }` all of them. `notes` of the operation names links and assignments that could not be restored. Editors may restore only media that they uploaded, admins all.',
    args: { input: t.arg({ type: BulkMediaInput, description: 'Media in the trash to restore.' }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.restore', target: input, path: '', input: {} }),
  }),
  mediaBulkPurge: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description:
      'Permanently deletes many media from the trash, or with the filter `{ trashed: true }` all of them. This cannot be undone. It needs the role admin.',
    args: { input: t.arg({ type: BulkMediaInput, description: 'Media in the trash to delete permanently.' }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.purge', target: input, path: '', input: {} }),
  }),
  mediaBulkTag: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description:
      'Adds tags to many media and removes others. Editors may tag only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaBulkTagInput, description: 'Media and tags.' }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.tag', target, path: 'target.', input }),
  }),
  mediaBulkMove: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description: 'Moves many media into one folder. Editors may move only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaBulkMoveInput, description: 'Media and folder.' }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.move', target, path: 'target.', input }),
  }),
  mediaBulkLink: t.field({
    type: OperationResult,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description: 'Links many media to one resource. Existing links stay. It needs the role editor or admin.',
    args: { input: t.arg({ type: MediaBulkLinkInput, description: 'Media and resource.' }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.link', target, path: 'target.', input }),
  }),
  operationCancel: t.field({
    type: OperationType,
    extensions: { rateClass: 'calls' },
    description:
      'Cancels an unfinished operation. Items that were processed stay changed; no further items are processed.',
    args: { id: t.arg.id({ description: 'Operation to cancel.' }) },
    errors: {
      types: refusals,
      union: {
        name: 'OperationCancelResult',
        description:
          'The cancelled `Operation`, or a refusal: `StateConflictError` if it has ended already, `NotFoundError` if it does not exist or the caller may not see it, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.operations.cancel(actor, id),
  }),
}))

builder.subscriptionField('operationProgress', (t) =>
  t.prismaField({
    type: OperationType,
    description:
      'Follows a bulk operation. The first event is its current state, the last one its final state; counts in between may be coalesced. The subscription ends with the operation. An operation that does not exist or may not be seen by the caller is a `NOT_FOUND` error.',
    args: { id: t.arg.id({ description: 'Operation to follow.' }) },
    subscribe: (_root, { id }, { actor, services }) => services.subscriptions.operation(actor, id),
    resolve: (query, update) => update.read(query),
  }),
)

builder.subscriptionField('operationsProgress', (t) =>
  t.prismaField({
    type: OperationType,
    description:
      'Follows the bulk operations that the caller requested, without end: first the current state of each that is not finished, then every change of them and of new ones, up to their final states; counts in between may be coalesced.',
    subscribe: (_root, _args, { actor, services }) => services.subscriptions.ownOperations(actor),
    resolve: (query, update) => update.read(query),
  }),
)
