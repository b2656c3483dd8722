import { assignmentsConnection, assignmentsPage } from '../services/assignment/list.ts'
import { globalId } from '../services/kernel/ids.ts'
import { visibleAssignments } from '../services/kernel/policies.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { AssignmentStatusEnum } from './enums.ts'
import { MediaType } from './media.ts'
import { selectNestedRows } from './nested.ts'
import { UserType } from './user.ts'

/** What a cursor of these lists is made of. */
const cursorSelect = { id: true, sequence: true } as const

export const AssignmentType = builder.prismaNode('Assignment', {
  id: { field: 'id' },
  nullable: true,
  description:
    'One media given to one user. A user has at most one CURRENT assignment. Never deleted. Viewers see their own.',
  fields: (t) => ({
    mediaId: t.id({ resolve: ({ mediaId }) => globalId('Media', mediaId) }),
    mediaTitle: t.exposeString('mediaTitle', { description: 'As it was when it was assigned.' }),
    media: t.field({
      type: MediaType,
      nullable: true,
      description: 'Null while the media is in the trash, and after it was purged.',
      select: (_args, _context, nestedSelection) => ({ media: nestedSelection(true) }),
      resolve: ({ media }) => (media?.deletedAt === null ? media : null),
    }),
    user: t.relation('user'),
    status: t.expose('status', { type: AssignmentStatusEnum }),
    assignedBy: t.relation('assignedBy', { nullable: true }),
    assignedAt: t.expose('assignedAt', { type: 'DateTime' }),
    undoableUntil: t.expose('undoableUntil', {
      type: 'DateTime',
      description: "30 seconds after `assignedAt`, by the database's clock; that moment included.",
    }),
    previous: t.relation('previous', { nullable: true, description: 'What this one replaced.' }),
    revertOf: t.relation('revertOf', {
      nullable: true,
      description: 'Set where this one brought an earlier assignment back.',
    }),
    batch: t.relation('batch', { nullable: true }),
  }),
})

export const AssignmentConnection = builder.connectionObject(
  { type: AssignmentType, name: 'AssignmentConnection' },
  { name: 'AssignmentEdge' },
)

export const AssignmentBatchType = builder.prismaNode('AssignmentBatch', {
  id: { field: 'id' },
  nullable: true,
  description: 'One media given to many users at once.',
  fields: (t) => ({
    mediaId: t.id({
      description:
        'As it was given: when a merge removes this media, only the assignments move to the one that is kept.',
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    count: t.exposeInt('count', { description: 'How many users it was given to.' }),
    undoableUntil: t.expose('undoableUntil', {
      type: 'DateTime',
      description: "30 seconds after it was given, by the database's clock; that moment included.",
    }),
    assignments: t.connection(
      {
        type: AssignmentType,
        description: 'All of them, whatever their status; of a viewer, their own.',
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

builder.prismaObjectFields(MediaType, (t) => ({
  assignments: t.connection(
    {
      type: AssignmentType,
      description: 'Current ones, in the order in which they were given. Viewers see their own.',
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
  assignmentCount: t.exposeInt('assignmentCount', { description: 'How many users have it as their current one.' }),
}))

builder.prismaObjectFields(UserType, (t) => ({
  currentAssignment: t.field({
    type: AssignmentType,
    nullable: true,
    description: "Viewers see their own; other users' is null for them.",
    select: (_args, { actor }, nestedSelection) => ({
      assignments: {
        ...(nestedSelection(true) as object),
        where: { ...visibleAssignments(actor), status: 'CURRENT' },
        take: 1,
      },
    }),
    resolve: ({ assignments }) => assignments[0] ?? null,
  }),
  assignments: t.connection(
    {
      type: AssignmentType,
      description: "Newest first. Viewers see their own; other users' are empty for them.",
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
  fields: (t) => ({ mediaId: t.id({ description: 'A READY one.' }), userId: t.id() }),
})

export const AssignmentRevertInput = builder.inputType('AssignmentRevertInput', {
  fields: (t) => ({
    userId: t.id(),
    toAssignmentId: t.id({ description: 'An earlier assignment of this user.' }),
  }),
})

export const AssignmentBatchCreateInput = builder.inputType('AssignmentBatchCreateInput', {
  fields: (t) => ({
    mediaId: t.id({ description: 'A READY one.' }),
    userIds: t.idList({ description: '1 to 10,000, each once.' }),
  }),
})
