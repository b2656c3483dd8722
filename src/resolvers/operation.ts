import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
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
import { StateConflictError } from '../services/kernel/errors.ts'

const refusals = [StateConflictError, ...commonRefusals]
const resultTypes = [OperationType, ...refusals]

/** Shared by all bulk mutations. Refusals are recognised by their class; what is none is an operation. */
const OperationResult = builder.errorUnion<(typeof resultTypes)[number], string>('OperationResult', {
  types: resultTypes,
  resolveType: () => 'Operation',
})

builder.queryFields((t) => ({
  operation: t.prismaField({
    type: OperationType,
    nullable: true,
    args: { id: t.arg.id() },
    resolve: (query, _root, { id }, { actor, services }) => services.operations.find(actor, id, query),
  }),
  operations: t.connection(
    {
      type: OperationType,
      description: "The caller's own, newest first.",
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.operations.list(
          context.actor,
          args,
          queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
        ),
    },
    OperationConnection,
  ),
}))

builder.mutationFields((t) => ({
  mediaBulkDelete: t.field({
    type: OperationResult,
    description: 'Into the trash; what is in use fails and stays.',
    args: { input: t.arg({ type: BulkMediaInput }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.delete', target: input, path: '', input: {} }),
  }),
  mediaBulkRestore: t.field({
    type: OperationResult,
    description: 'Out of the trash. What cannot come back with a media is named in `notes`.',
    args: { input: t.arg({ type: BulkMediaInput }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.restore', target: input, path: '', input: {} }),
  }),
  mediaBulkPurge: t.field({
    type: OperationResult,
    description: 'Out of the trash for good. For admins.',
    args: { input: t.arg({ type: BulkMediaInput }) },
    resolve: (_root, { input }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.purge', target: input, path: '', input: {} }),
  }),
  mediaBulkTag: t.field({
    type: OperationResult,
    args: { input: t.arg({ type: MediaBulkTagInput }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.tag', target, path: 'target.', input }),
  }),
  mediaBulkMove: t.field({
    type: OperationResult,
    args: { input: t.arg({ type: MediaBulkMoveInput }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.move', target, path: 'target.', input }),
  }),
  mediaBulkLink: t.field({
    type: OperationResult,
    args: { input: t.arg({ type: MediaBulkLinkInput }) },
    resolve: (_root, { input: { target, ...input } }, { actor, services }) =>
      services.operations.request(actor, { kind: 'media.link', target, path: 'target.', input }),
  }),
  operationCancel: t.field({
    type: OperationType,
    description: 'What is done stays done; nothing more is begun.',
    args: { id: t.arg.id() },
    errors: { types: refusals, union: { name: 'OperationCancelResult' } },
    resolve: (_root, { id }, { actor, services }) => services.operations.cancel(actor, id),
  }),
}))

builder.subscriptionField('operationProgress', (t) =>
  t.prismaField({
    type: OperationType,
    description: 'First the present state, then its progress. Ends with the operation.',
    args: { id: t.arg.id() },
    subscribe: (_root, { id }, { actor, services }) => services.subscriptions.operation(actor, id),
    resolve: (query, update) => update.read(query),
  }),
)
