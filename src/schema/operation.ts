import type { ItemNote } from '../services/operation/items.ts'
import { summarizeOperation } from '../services/operation/summary.ts'
import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'
import { pageCost } from './cost.ts'
import { ErrorPolicyEnum, OperationStatusEnum } from './enums.ts'
import { OperationFailureType } from './errors.ts'
import { MediaFilterInput } from './mediaFilter.ts'
import { ResourceInput } from './resourceInput.ts'

const OperationFailureConnection = builder.connectionObject(
  {
    type: OperationFailureType,
    name: 'OperationFailureConnection',
    description: 'One page of a list of failed items.',
  },
  { name: 'OperationFailureEdge', description: 'A failed item on a page, with its cursor.' },
)

const OperationNoteType = builder.objectRef<ItemNote>('OperationNote').implement({
  description:
    'Remark on an item of an operation that succeeded in part: some of its links or assignments were not restored.',
  fields: (t) => ({
    nodeId: t.exposeID('nodeId', { description: 'Global id of the media.' }),
    message: t.exposeString('message', {
      description: 'Explanation for people: what could not be restored with the media, and why.',
    }),
  }),
})

const OperationNoteConnection = builder.connectionObject(
  { type: OperationNoteType, name: 'OperationNoteConnection', description: 'One page of a list of remarks.' },
  { name: 'OperationNoteEdge', description: 'A remark on a page, with its cursor.' },
)

export const OperationType = builder.prismaNode('Operation', {
  id: { field: 'id', description: 'Global id, written `Operation:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'A bulk change of many media that a worker carries out. Visible to the user who requested it and to admins.',
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description:
        'What the operation does: `media.delete`, `media.restore`, `media.purge`, `media.tag`, `media.move` or `media.link`.',
    }),
    summary: t.string({
      select: { kind: true, input: true, total: true },
      description:
        'The requested work as a sentence in English, such as `Add tag "spring term" to 12 media`. Folders and resources have the names that they had at the time of the request; long names and lists are shortened.',
      resolve: summarizeOperation,
    }),
    status: t.expose('status', { type: OperationStatusEnum, description: 'State of the operation.' }),
    total: t.exposeInt('total', { description: 'Number of items. It is fixed when the operation is requested.' }),
    processed: t.exposeInt('processed', { description: 'Number of items processed so far, including failed ones.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Number of items that were changed successfully.' }),
    failed: t.exposeInt('failed', { description: 'Number of items that failed; `failures` lists them.' }),
    percent: t.float({
      description: 'Share of processed items, 0 to 100. It is 100 if there are no items.',
      select: { total: true, processed: true },
      resolve: ({ total, processed }) => (total === 0 ? 100 : (100 * processed) / total),
    }),
    failures: t.connection(
      {
        type: OperationFailureType,
        description: 'Items that failed, with the reason, in the order of the items.',
        complexity: pageCost,
        resolve: ({ id }, args, { loaders }) => loaders.operationFailures(args).load(id),
      },
      OperationFailureConnection,
    ),
    notes: t.connection(
      {
        type: OperationNoteType,
        description:
          'Remarks on items that succeeded: links and assignments that could not be restored with a media. In the order of the items.',
        complexity: pageCost,
        resolve: ({ id }, args, { loaders }) => loaders.operationNotes(args).load(id),
      },
      OperationNoteConnection,
    ),
    requestedBy: t.relation('requestedBy', {
      nullable: true,
      description: 'User who requested the operation. Items are authorized with the role that the user had then.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of the request.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the operation ended or was cancelled; null while it is unfinished.',
    }),
  }),
})

export const OperationConnection = builder.connectionObject(
  { type: OperationType, name: 'OperationConnection', description: 'One page of a list of operations.' },
  { name: 'OperationEdge', description: 'An operation on a page, with its cursor.' },
)

export const BulkMediaInput = builder.inputType('BulkMediaInput', {
  description: 'Media that a bulk mutation changes: give either `ids` or `filter`.',
  fields: (t) => ({
    ids: t.idList({ required: false, description: 'Media to change: 1 to 10,000. Repeated ids count once.' }),
    filter: t.field({
      type: MediaFilterInput,
      required: false,
      description:
        'Selects the media to change. It is evaluated once, when the operation is requested, and must not be empty. `trashed` is ignored: restoring and purging select from the trash, all other operations from outside it. To restore or purge the whole trash, say so with `trashed: true` alone.',
    }),
    exceptIds: t.idList({
      required: false,
      description:
        'Media to leave out of those that the filter selects: at most 10,000, only with `filter`. Ids that it does not select, unknown ones included, are ignored.',
    }),
    expectedCount: t.int({
      required: false,
      description:
        'Number of media that the filter must select now, before `exceptIds` are left out; otherwise the request is refused with a STATE_CONFLICT that states the new number. Ignored with `ids`.',
    }),
    errorPolicy: t.field({
      type: ErrorPolicyEnum,
      required: false,
      description: 'How items that cannot be changed are handled. The default is REJECT_FAILED_ROWS.',
    }),
  }),
})

export const MediaBulkTagInput = builder.inputType('MediaBulkTagInput', {
  description: 'Input of `mediaBulkTag`. At least one tag to add or to remove is required.',
  fields: (t) => ({
    target: t.field({ type: BulkMediaInput, description: 'Media to tag.' }),
    add: t.stringList({
      required: false,
      description: `Tags to add to every media: at most 50. ${cleaning(64)} A media that would have more than 50 tags fails.`,
    }),
    remove: t.stringList({
      required: false,
      description:
        'Tags to remove from every media, cleaned like those to add, ignoring upper and lower case: at most 50.',
    }),
  }),
})

export const MediaBulkMoveInput = builder.inputType('MediaBulkMoveInput', {
  description: 'Input of `mediaBulkMove`.',
  fields: (t) => ({
    target: t.field({ type: BulkMediaInput, description: 'Media to move.' }),
    folderId: t.id({ required: false, description: 'Folder to move the media into; absent or null means the root.' }),
  }),
})

export const MediaBulkLinkInput = builder.inputType('MediaBulkLinkInput', {
  description: 'Input of `mediaBulkLink`.',
  fields: (t) => ({
    target: t.field({ type: BulkMediaInput, description: 'Media to link.' }),
    resource: t.field({
      type: ResourceInput,
      description: 'Resource to link them to. It is created or updated when the operation is requested.',
    }),
  }),
})
