import {
  type BatchFailure,
  BatchRefusedError,
  DuplicateMediaError,
  type FieldIssue,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  type Refusal,
  StateConflictError,
  UndoExpiredError,
} from '../services/kernel/errors.ts'
import { builder } from './builder.ts'

const ErrorCode = builder.enumType('ErrorCode', {
  values: ['NOT_FOUND', 'FORBIDDEN', 'INVALID_INPUT', 'IN_USE', 'DUPLICATE', 'STATE_CONFLICT', 'UNDO_EXPIRED'] as const,
})

type TypedRefusal = Refusal & { code: (typeof ErrorCode)['$inferType'] }

export const ErrorInterface = builder.interfaceRef<TypedRefusal>('Error').implement({
  description: 'An expected "no": a typed member of every mutation\'s result.',
  fields: (t) => ({
    code: t.field({ type: ErrorCode, description: 'For programs.', resolve: ({ code }) => code }),
    message: t.exposeString('message', { description: 'For people.' }),
  }),
})

const FieldIssueType = builder.objectRef<FieldIssue>('FieldIssue').implement({
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Of the field in the input, dotted: `tags.3`.' }),
    message: t.exposeString('message'),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  interfaces: [ErrorInterface],
  fields: (t) => ({ nodeId: t.exposeID('nodeId', { nullable: true }) }),
})

builder.objectType(ForbiddenError, { name: 'ForbiddenError', interfaces: [ErrorInterface] })

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  interfaces: [ErrorInterface],
  fields: (t) => ({ fields: t.expose('fields', { type: [FieldIssueType] }) }),
})

builder.objectType(StateConflictError, {
  name: 'StateConflictError',
  description: 'The thing is not in a state that allows this, or somebody else was faster.',
  interfaces: [ErrorInterface],
})

builder.objectType(UndoExpiredError, {
  name: 'UndoExpiredError',
  description: 'Taken back too late.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ expiredAt: t.expose('expiredAt', { type: 'DateTime' }) }),
})

/** What a failure is about, with why: of an operation's item, or of a batch that was refused as a whole. */
export const OperationFailureType = builder.objectRef<BatchFailure>('OperationFailure').implement({
  fields: (t) => ({
    nodeId: t.exposeID('nodeId'),
    code: t.field({ type: ErrorCode, resolve: ({ code }) => code }),
    message: t.exposeString('message'),
  }),
})

builder.objectType(BatchRefusedError, {
  name: 'BatchRefusedError',
  description: 'All or none, and these stood against it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ failures: t.expose('failures', { type: [OperationFailureType] }) }),
})

builder.objectType(DuplicateMediaError, {
  name: 'DuplicateMediaError',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    existing: t.prismaField({
      type: 'Media',
      resolve: (query, { existingId }, _args, { services }) => services.media.byId(existingId, query),
    }),
  }),
})

/** The refusals that every mutation may answer with. */
export const commonRefusals = [InvalidInputError, ForbiddenError, NotFoundError]
