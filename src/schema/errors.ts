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

export const ErrorCode = builder.enumType('ErrorCode', {
  description: 'Kind of a refusal. Codes are stable: match on them, not on messages.',
  values: {
    NOT_FOUND: { description: 'The object does not exist, or the caller may not see it.' },
    FORBIDDEN: { description: 'The role of the caller does not allow the action.' },
    INVALID_INPUT: { description: 'The input breaks a rule; `fields` of `InvalidInputError` says where.' },
    IN_USE: { description: 'The media is still linked or assigned.' },
    DUPLICATE: { description: 'The library already holds a media with the same bytes.' },
    STATE_CONFLICT: { description: 'The current state of the object does not allow the action.' },
    UNDO_EXPIRED: { description: 'The undo window of the assignment or batch has expired.' },
  } as const,
})

type TypedRefusal = Refusal & { code: (typeof ErrorCode)['$inferType'] }

export const ErrorInterface = builder.interfaceRef<TypedRefusal>('Error').implement({
  description:
    'An expected refusal of a mutation: why it changed nothing. Every member of a result union that is not the requested object implements this interface.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCode,
      description: 'Kind of the refusal. It is stable, for programs to match on.',
      resolve: ({ code }) => code,
    }),
    message: t.exposeString('message', {
      description: 'Explanation for people, in English: what is wrong and what to do. The wording may change.',
    }),
  }),
})

const FieldIssueType = builder.objectRef<FieldIssue>('FieldIssue').implement({
  description: 'One invalid value of an input.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Dotted path of the value in the input, such as `tags.3`. Empty if the issue concerns the input as a whole.',
    }),
    message: t.exposeString('message', { description: 'Explanation for people: what is wrong with the value.' }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'An object named in the input does not exist, is in the trash, or may not be seen by the caller.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    nodeId: t.exposeID('nodeId', {
      nullable: true,
      description: 'Global id of the missing object; null if it was not named by an id.',
    }),
  }),
})

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description: 'The role of the caller does not allow the action, or does not allow it on this object.',
  interfaces: [ErrorInterface],
})

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks one or more rules.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.expose('fields', {
      type: [FieldIssueType],
      description: 'Every issue that was found, with its path in the input.',
    }),
  }),
})

builder.objectType(StateConflictError, {
  name: 'StateConflictError',
  description:
    'The current state of the object does not allow the action, or another client changed it first. Read the object again before you retry.',
  interfaces: [ErrorInterface],
})

builder.objectType(UndoExpiredError, {
  name: 'UndoExpiredError',
  description: 'The undo window of the assignment or batch has expired. Use `assignmentRevert` instead.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    expiredAt: t.expose('expiredAt', { type: 'DateTime', description: 'Time at which the undo window ended.' }),
  }),
})

/** Failure of one item of an operation, or of one item that made a batch fail as a whole. */
export const OperationFailureType = builder.objectRef<BatchFailure>('OperationFailure').implement({
  description: 'Why one item of an operation or of a batch could not be processed.',
  fields: (t) => ({
    nodeId: t.exposeID('nodeId', {
      description: 'Global id of the item: a media, or a user or assignment of a batch of assignments.',
    }),
    code: t.field({ type: ErrorCode, description: 'Kind of the failure, for programs.', resolve: ({ code }) => code }),
    message: t.exposeString('message', { description: 'Why the item could not be processed, for people.' }),
  }),
})

builder.objectType(BatchRefusedError, {
  name: 'BatchRefusedError',
  description:
    'At least one item of an all-or-nothing mutation cannot be processed, so nothing was changed. Its code is STATE_CONFLICT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    failures: t.expose('failures', {
      type: [OperationFailureType],
      description: 'Every item that blocks the batch, with the reason.',
    }),
  }),
})

builder.objectType(DuplicateMediaError, {
  name: 'DuplicateMediaError',
  description:
    'The library already holds a media with the announced SHA-256. Use that media, or upload with `allowDuplicate: true`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    existing: t.prismaField({
      type: 'Media',
      description: 'A media outside the trash that has the same bytes.',
      resolve: (query, { existingId }, _args, { services }) => services.media.byId(existingId, query),
    }),
  }),
})

/** Refusals that every mutation may return. */
export const commonRefusals = [InvalidInputError, ForbiddenError, NotFoundError]
