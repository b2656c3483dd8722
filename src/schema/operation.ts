import type { ItemNote } from '../services/operation/items.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { ErrorPolicyEnum, OperationStatusEnum } from './enums.ts'
import { OperationFailureType } from './errors.ts'
import { MediaFilterInput } from './mediaFilter.ts'
import { ResourceInput } from './resourceInput.ts'

const OperationFailureConnection = builder.connectionObject(
  { type: OperationFailureType, name: 'OperationFailureConnection' },
  { name: 'OperationFailureEdge' },
)

const OperationNoteType = builder.objectRef<ItemNote>('OperationNote').implement({
  description: 'What there is to know of an item that was done.',
  fields: (t) => ({
    nodeId: t.exposeID('nodeId'),
    message: t.exposeString('message', { description: 'For people.' }),
  }),
})

const OperationNoteConnection = builder.connectionObject(
  { type: OperationNoteType, name: 'OperationNoteConnection' },
  { name: 'OperationNoteEdge' },
)

export const OperationType = builder.prismaNode('Operation', {
  id: { field: 'id' },
  nullable: true,
  description: 'Bulk work with progress.',
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description: 'media.delete, media.restore, media.purge, media.tag, media.move or media.link.',
    }),
    status: t.expose('status', { type: OperationStatusEnum }),
    total: t.exposeInt('total', { description: 'Items, decided when it was asked for.' }),
    processed: t.exposeInt('processed'),
    succeeded: t.exposeInt('succeeded'),
    failed: t.exposeInt('failed'),
    percent: t.float({ resolve: ({ total, processed }) => (total === 0 ? 100 : (100 * processed) / total) }),
    failures: t.connection(
      {
        type: OperationFailureType,
        description: 'In the order of the items.',
        complexity: pageCost,
        resolve: ({ id }, args, { loaders }) => loaders.operationFailures(args).load(id),
      },
      OperationFailureConnection,
    ),
    notes: t.connection(
      {
        type: OperationNoteType,
        description:
          'Of items that were done: what could not come back with a restored media, and why. In the order of the items.',
        complexity: pageCost,
        resolve: ({ id }, args, { loaders }) => loaders.operationNotes(args).load(id),
      },
      OperationNoteConnection,
    ),
    requestedBy: t.relation('requestedBy', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
})

export const OperationConnection = builder.connectionObject(
  { type: OperationType, name: 'OperationConnection' },
  { name: 'OperationEdge' },
)

export const BulkMediaInput = builder.inputType('BulkMediaInput', {
  description: 'Either ids, or a filter that selects something.',
  fields: (t) => ({
    ids: t.idList({ required: false, description: 'At most 10,000.' }),
    filter: t.field({
      type: MediaFilterInput,
      required: false,
      description: 'Evaluated once, when the operation is asked for. `trashed` follows from what is to be done.',
    }),
    expectedCount: t.int({
      required: false,
      description: 'With a filter: refuse when it now selects another number.',
    }),
    errorPolicy: t.field({ type: ErrorPolicyEnum, required: false, description: 'REJECT_FAILED_ROWS where absent.' }),
  }),
})

export const MediaBulkTagInput = builder.inputType('MediaBulkTagInput', {
  fields: (t) => ({
    target: t.field({ type: BulkMediaInput }),
    add: t.stringList({ required: false }),
    remove: t.stringList({ required: false }),
  }),
})

export const MediaBulkMoveInput = builder.inputType('MediaBulkMoveInput', {
  fields: (t) => ({
    target: t.field({ type: BulkMediaInput }),
    folderId: t.id({ required: false, description: 'Null: out of every folder.' }),
  }),
})

export const MediaBulkLinkInput = builder.inputType('MediaBulkLinkInput', {
  fields: (t) => ({ target: t.field({ type: BulkMediaInput }), resource: t.field({ type: ResourceInput }) }),
})
