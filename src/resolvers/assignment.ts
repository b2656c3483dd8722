import {
  AssignmentBatchConnection,
  AssignmentBatchCreateInput,
  AssignmentBatchType,
  AssignmentConnection,
  AssignmentCreateInput,
  AssignmentRevertInput,
  AssignmentType,
} from '../schema/assignment.ts'
import { AssignmentFilterInput } from '../schema/assignmentFilter.ts'
import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import { connectionQuery } from '../schema/plannedReads.ts'
import { timeouts } from '../schema/timeouts.ts'
import { UserType } from '../schema/user.ts'
import { BatchRefusedError, StateConflictError, UndoExpiredError } from '../services/kernel/errors.ts'

const refusals = [StateConflictError, ...commonRefusals]

builder.queryFields((t) => ({
  assignments: t.connection(
    {
      type: AssignmentType,
      description:
        'Assignments of all users that match the filter, newest first by `assignedAt`. Viewers get only their own: an empty list if they filter by another user.',
      args: {
        filter: t.arg({
          type: AssignmentFilterInput,
          required: false,
          description: 'Conditions that all have to hold. The default is all assignments.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.assignments.list(context.actor, args, connectionQuery(context, info)),
    },
    AssignmentConnection,
  ),
  assignmentBatches: t.connection(
    {
      type: AssignmentBatchType,
      description:
        'Batches of all users, newest first, including those that were undone. Viewers get the batches that assigned something to them.',
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.assignments.listBatches(context.actor, args, connectionQuery(context, info)),
    },
    AssignmentBatchConnection,
  ),
}))

builder.mutationFields((t) => ({
  assignmentCreate: t.field({
    type: AssignmentType,
    description:
      'Assigns a media to a user. It always creates a new assignment and replaces the current one of the user, even if it has the same media. It needs the role editor or admin.',
    args: { input: t.arg({ type: AssignmentCreateInput, description: 'Media and user.' }) },
    errors: {
      types: refusals,
      union: {
        name: 'AssignmentCreateResult',
        description:
          'The new `Assignment`, or a refusal: `NotFoundError` if the media or the user does not exist, `StateConflictError` if the media is not READY, `ForbiddenError` for viewers, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.assignments.create(actor, input),
  }),
  assignmentUndo: t.field({
    type: AssignmentType,
    extensions: timeouts.undo,
    description:
      'Takes a CURRENT assignment back; the assignment that it replaced is current again. The request must arrive by `undoableUntil`; it may then wait for others. Editors may undo only their own assignments, admins all.',
    args: { id: t.arg.id({ description: 'Assignment to undo.' }) },
    errors: {
      types: [UndoExpiredError, ...refusals],
      union: {
        name: 'AssignmentUndoResult',
        description:
          'The undone `Assignment`, or a refusal: `UndoExpiredError` if the request arrived after `undoableUntil`, `StateConflictError` if the assignment is not CURRENT or the media that it replaced is in the trash or purged, `NotFoundError` if it does not exist, `ForbiddenError` if the caller may not undo it.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.assignments.undo(actor, id),
  }),
  assignmentRevert: t.field({
    type: AssignmentType,
    description:
      'Assigns the media of an earlier assignment of the user again, as a new assignment with `revertOf`. It has no time limit and needs the role editor or admin.',
    args: { input: t.arg({ type: AssignmentRevertInput, description: 'User and earlier assignment.' }) },
    errors: {
      types: refusals,
      union: {
        name: 'AssignmentRevertResult',
        description:
          'The new `Assignment`, or a refusal: `NotFoundError` if the user or the assignment does not exist, `InvalidInputError` if the assignment is one of another user, `StateConflictError` if it is the current one or its media is purged, in the trash or not READY, `ForbiddenError` for viewers.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.assignments.revert(actor, input),
  }),
  assignmentBatchCreate: t.field({
    type: AssignmentBatchType,
    extensions: { rateClass: 'bulk', ...timeouts.bulk },
    description:
      'Assigns one media to many users in one transaction: to all of them or to none. It needs the role editor or admin.',
    args: { input: t.arg({ type: AssignmentBatchCreateInput, description: 'Media and users.' }) },
    errors: {
      types: [BatchRefusedError, ...refusals],
      union: {
        name: 'AssignmentBatchCreateResult',
        description:
          'The new `AssignmentBatch`, or a refusal: `BatchRefusedError` with every user who does not exist or is named more than once, `NotFoundError` if the media does not exist, `StateConflictError` if it is not READY, `ForbiddenError` for viewers, `InvalidInputError` for malformed ids or a wrong number of users.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.assignments.createBatch(actor, input),
  }),
  assignmentBatchUndo: t.field({
    type: AssignmentBatchType,
    extensions: { rateClass: 'bulk', ...timeouts.batchUndo },
    description:
      'Takes all assignments of a batch back, or none; their status becomes ENDED. The request must arrive by `undoableUntil`; it may then wait for others. Assignments that were undone individually stay undone; an assignment that was replaced since then blocks the undo. Editors may undo only their own batches, admins all.',
    args: { id: t.arg.id({ description: 'Batch to undo.' }) },
    errors: {
      types: [UndoExpiredError, BatchRefusedError, ...refusals],
      union: {
        name: 'AssignmentBatchUndoResult',
        description:
          'The undone `AssignmentBatch`, or a refusal: `UndoExpiredError` if the request arrived after `undoableUntil`, `BatchRefusedError` with every assignment that blocks the undo, `StateConflictError` if the batch was undone before, `NotFoundError` if it does not exist, `ForbiddenError` if the caller may not undo it.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.assignments.undoBatch(actor, id),
  }),
}))

builder.subscriptionField('userAssignments', (t) =>
  t.prismaField({
    type: UserType,
    description:
      'Follows the assignments of a user. The first event is the current state; then there is one event per change. The subscription does not end by itself. Viewers may follow only themselves; an unknown user is a `NOT_FOUND` error.',
    args: { userId: t.arg.id({ description: 'User to follow.' }) },
    subscribe: (_root, { userId }, { actor, services }) => services.subscriptions.assignments(actor, userId),
    resolve: (query, update) => update.read(query),
  }),
)
