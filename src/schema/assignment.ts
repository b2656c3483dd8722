import { assignmentsConnection, assignmentsPage } from '../services/assignment/list.ts'
import { secondsLeft, undoDecision, undoSelect } from '../services/assignment/undoVerdict.ts'
import { globalId } from '../services/kernel/ids.ts'
import { visibleAssignments } from '../services/kernel/policies.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { AssignmentStatusEnum } from './enums.ts'
import { MediaType } from './media.ts'
import { selectNestedRows } from './nested.ts'
import { UserType } from './user.ts'
import { VerdictType } from './verdict.ts'

/** Columns that the cursors of these lists are built from. */
const cursorSelect = { id: true, sequence: true } as const

export const AssignmentType = builder.prismaNode('Assignment', {
  id: { field: 'id', description: 'Global id, written `Assignment:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'One media given to one user. A user has at most one CURRENT assignment. Assignments are never deleted. Viewers see only their own.',
  fields: (t) => ({
    mediaId: t.id({
      description:
        'Global id of the assigned media. It stays when the media is purged; a merge changes it to the kept media.',
      select: { mediaId: true },
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    mediaTitle: t.exposeString('mediaTitle', { description: 'Title of the media at the time of the assignment.' }),
    media: t.field({
      type: MediaType,
      nullable: true,
      description: 'The assigned media; null while it is in the trash and after it was purged.',
      select: (_args, _context, nestedSelection) => ({
        media: nestedSelection({ select: { id: true, deletedAt: true } }),
      }),
      resolve: ({ media }) => (media?.deletedAt === null ? media : null),
    }),
    user: t.relation('user', { description: 'User to whom the media is assigned.' }),
    status: t.expose('status', {
      type: AssignmentStatusEnum,
      description: 'Whether the assignment is current, and if not, how it ended.',
    }),
    assignedBy: t.relation('assignedBy', {
      nullable: true,
      description: 'User who made the assignment; null if the server itself did.',
    }),
    assignedAt: t.expose('assignedAt', {
      type: 'DateTime',
      description: 'Time of the assignment, by the clock of the database.',
    }),
    undoableUntil: t.expose('undoableUntil', {
      type: 'DateTime',
      description:
        'Last moment at which a request for `assignmentUndo` may arrive: 30 seconds after `assignedAt`, by the clock of the database.',
    }),
    undoSecondsLeft: t.float({
      extensions: { dependsOnTime: true },
      description:
        'Seconds from now to `undoableUntil` by the clock of the database, so that clients need not trust their own; 0 afterwards. It says nothing about `status`: see `viewerCanUndo`.',
      select: { undoableUntil: true },
      resolve: async ({ undoableUntil }, _args, { loaders }) => secondsLeft(undoableUntil, await loaders.undoClock()),
    }),
    viewerCanUndo: t.field({
      type: VerdictType,
      extensions: { dependsOnCaller: true, dependsOnTime: true },
      description:
        'Whether the caller may undo the assignment by `assignmentUndo` now. It must be CURRENT and within its undo window, and the assignment that it replaced must not be of a media that is in the trash or purged.',
      select: undoSelect,
      resolve: async (assignment, _args, { actor, loaders }) => ({
        decision: undoDecision(actor, assignment, await loaders.undoClock()),
      }),
    }),
    previous: t.relation('previous', {
      nullable: true,
      description: 'Assignment that this one replaced; null if the user had none.',
    }),
    revertOf: t.relation('revertOf', {
      nullable: true,
      description:
        'Earlier assignment whose media this one assigns again; null unless it was made by `assignmentRevert`.',
    }),
    batch: t.relation('batch', {
      nullable: true,
      description: 'Batch that this assignment is part of; null if it was made on its own.',
    }),
  }),
})

export const AssignmentConnection = builder.connectionObject(
  { type: AssignmentType, name: 'AssignmentConnection', description: 'One page of a list of assignments.' },
  { name: 'AssignmentEdge', description: 'An assignment on a page, with its cursor.' },
)

export const AssignmentBatchType = builder.prismaNode('AssignmentBatch', {
  id: { field: 'id', description: 'Global id, written `AssignmentBatch:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'One media given to many users at once, in one transaction. Viewers see a batch only if it assigned something to them.',
  fields: (t) => ({
    mediaId: t.id({
      description:
        'Global id of the media that was assigned. It never changes: if a merge removes this media, only the assignments move to the kept one.',
      select: { mediaId: true },
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    count: t.exposeInt('count', { description: 'Number of users to whom the media was assigned.' }),
    undoableUntil: t.expose('undoableUntil', {
      type: 'DateTime',
      description:
        'Last moment at which a request for `assignmentBatchUndo` may arrive: 30 seconds after the batch was created, by the clock of the database.',
    }),
    assignments: t.connection(
      {
        type: AssignmentType,
        extensions: { dependsOnCaller: true },
        description:
          'Assignments of this batch, whatever their status, in the order in which they were made. Viewers see only their own.',
        complexity: pageCost,
        select: (args, { actor }, nestedSelection) => ({
          assignments: {
            ...selectNestedRows(nestedSelection, 'Assignment', cursorSelect),
            ...assignmentsPage(actor, 'batch', args),
          },
        }),
        resolve: ({ id, assignments }, args, { loaders }) =>
          assignmentsConnection('batch', args, assignments, () => loaders.assignmentCount.batch.load(id)),
      },
      AssignmentConnection,
    ),
  }),
})

export const AssignmentBatchConnection = builder.connectionObject(
  { type: AssignmentBatchType, name: 'AssignmentBatchConnection', description: 'One page of a list of batches.' },
  { name: 'AssignmentBatchEdge', description: 'A batch on a page, with its cursor.' },
)

builder.prismaObjectFields(MediaType, (t) => ({
  assignments: t.connection(
    {
      type: AssignmentType,
      extensions: { dependsOnCaller: true },
      description:
        'Current assignments of this media, in the order in which they were made. Viewers see only their own.',
      complexity: pageCost,
      select: (args, { actor }, nestedSelection) => ({
        assignments: {
          ...selectNestedRows(nestedSelection, 'Assignment', cursorSelect),
          ...assignmentsPage(actor, 'media', args),
        },
      }),
      resolve: ({ id, assignments }, args, { loaders }) =>
        assignmentsConnection('media', args, assignments, () => loaders.assignmentCount.media.load(id)),
    },
    AssignmentConnection,
  ),
  assignmentCount: t.exposeInt('assignmentCount', {
    description: 'Number of users whose current assignment is this media.',
  }),
}))

builder.prismaObjectFields(UserType, (t) => ({
  currentAssignment: t.field({
    type: AssignmentType,
    extensions: { dependsOnCaller: true },
    nullable: true,
    description: 'Current assignment of the user; null if the user has no media now. Viewers get null for other users.',
    select: (_args, { actor }, nestedSelection) => ({
      assignments: {
        ...(nestedSelection(true) as object), // the plugin types it as unknown
        where: { ...visibleAssignments(actor), status: 'CURRENT' },
        take: 1,
      },
    }),
    resolve: ({ assignments }) => assignments[0] ?? null,
  }),
  assignments: t.connection(
    {
      type: AssignmentType,
      extensions: { dependsOnCaller: true },
      description:
        'Assignments of the user, whatever their status, newest first. Viewers get an empty list for other users.',
      complexity: pageCost,
      select: (args, { actor }, nestedSelection) => ({
        assignments: {
          ...selectNestedRows(nestedSelection, 'Assignment', cursorSelect),
          ...assignmentsPage(actor, 'user', args),
        },
      }),
      resolve: ({ id, assignments }, args, { loaders }) =>
        assignmentsConnection('user', args, assignments, () => loaders.assignmentCount.user.load(id)),
    },
    AssignmentConnection,
  ),
}))

export const AssignmentCreateInput = builder.inputType('AssignmentCreateInput', {
  description: 'Input of `assignmentCreate`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media to assign. It must be READY and outside the trash.' }),
    userId: t.id({ description: 'User who gets the media.' }),
  }),
})

export const AssignmentRevertInput = builder.inputType('AssignmentRevertInput', {
  description: 'Input of `assignmentRevert`.',
  fields: (t) => ({
    userId: t.id({ description: 'User who gets the media again.' }),
    toAssignmentId: t.id({
      description: 'Earlier assignment of this user whose media is assigned again. It must not be CURRENT.',
    }),
  }),
})

export const AssignmentBatchCreateInput = builder.inputType('AssignmentBatchCreateInput', {
  description: 'Input of `assignmentBatchCreate`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media to assign. It must be READY and outside the trash.' }),
    userIds: t.idList({ description: 'Users who get the media: 1 to 10,000, each named once.' }),
  }),
})
