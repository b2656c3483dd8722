import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { RenditionType } from '../schema/rendition.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  renditionRetry: t.field({
    type: RenditionType,
    description: 'Queues again what has failed or was cancelled.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'RenditionRetryResult' } },
    resolve: (_root, { id }, { actor, services }) => services.renditions.retry(actor, id),
  }),
  renditionCancel: t.field({
    type: RenditionType,
    description: 'Stops what is queued or being made.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'RenditionCancelResult' } },
    resolve: (_root, { id }, { actor, services }) => services.renditions.cancel(actor, id),
  }),
}))
