import {
  AssignmentBatchCreateInput,
  AssignmentBatchType,
  AssignmentCreateInput,
  AssignmentRevertInput,
  AssignmentType,
} from '../schema/assignment.ts'
import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { UserType } from '../schema/user.ts'
import { BatchRefusedError, StateConflictError, UndoExpiredError } from '../services/kernel/errors.ts'

const refusals = [StateConflictError, ...commonRefusals]

builder.mutationFields((t) => ({
  assignmentCreate: t.field({
    type: AssignmentType,
    description: "Always a new one: the user's current one is replaced.",
    args: { input: t.arg({ type: AssignmentCreateInput }) },
    errors: { types: refusals, union: { name: 'AssignmentCreateResult' } },
    resolve: (_root, { input }, { actor, services }) => services.assignments.create(actor, input),
  }),
  assignmentUndo: t.field({
    type: AssignmentType,
    description:
      'Until `undoableUntil`, of a CURRENT one: what it replaced is current again. Editors undo what they assigned themselves.',
    args: { id: t.arg.id() },
    errors: { types: [UndoExpiredError, ...refusals], union: { name: 'AssignmentUndoResult' } },
    resolve: (_root, { id }, { actor, services }) => services.assignments.undo(actor, id),
  }),
  assignmentRevert: t.field({
    type: AssignmentType,
    description: 'Gives the media of an earlier assignment again, as a new one; at any time.',
    args: { input: t.arg({ type: AssignmentRevertInput }) },
    errors: { types: refusals, union: { name: 'AssignmentRevertResult' } },
    resolve: (_root, { input }, { actor, services }) => services.assignments.revert(actor, input),
  }),
  assignmentBatchCreate: t.field({
    type: AssignmentBatchType,
    description: 'For all of these users or for none; a refusal lists every one that stands against it.',
    args: { input: t.arg({ type: AssignmentBatchCreateInput }) },
    errors: { types: [BatchRefusedError, ...refusals], union: { name: 'AssignmentBatchCreateResult' } },
    resolve: (_root, { input }, { actor, services }) => services.assignments.createBatch(actor, input),
  }),
  assignmentBatchUndo: t.field({
    type: AssignmentBatchType,
    description:
      'Until `undoableUntil`, all or none: what was replaced since stands against it, what was undone one by one stays so.',
    args: { id: t.arg.id() },
    errors: {
      types: [UndoExpiredError, BatchRefusedError, ...refusals],
      union: { name: 'AssignmentBatchUndoResult' },
    },
    resolve: (_root, { id }, { actor, services }) => services.assignments.undoBatch(actor, id),
  }),
}))

builder.subscriptionField('userAssignments', (t) =>
  t.prismaField({
    type: UserType,
    description:
      'First the present state, then one event per change of what is assigned to the user. Never ends by itself. Viewers may follow themselves.',
    args: { userId: t.arg.id() },
    subscribe: (_root, { userId }, { actor, services }) => services.subscriptions.assignments(actor, userId),
    resolve: (query, update) => update.read(query),
  }),
)
