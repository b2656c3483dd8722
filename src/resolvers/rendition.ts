import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { RenditionType } from '../schema/rendition.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  renditionRetry: t.field({
    type: RenditionType,
    description:
      'Queues a failed or cancelled rendition again. Editors may retry only renditions of media that they uploaded, admins all.',
    args: { id: t.arg.id({ description: 'Rendition to retry.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'RenditionRetryResult',
        description:
          'The queued `Rendition`, or a refusal: `StateConflictError` if it is neither FAILED nor CANCELLED or another client changed it first, `NotFoundError` if it does not exist or its media is in the trash, `ForbiddenError` if the caller may not change the media, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.renditions.retry(actor, id),
  }),
  renditionCancel: t.field({
    type: RenditionType,
    description:
      'Cancels a queued or running conversion. Editors may cancel only renditions of media that they uploaded, admins all.',
    args: { id: t.arg.id({ description: 'Rendition to cancel.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'RenditionCancelResult',
        description:
          'The cancelled `Rendition`, or a refusal: `StateConflictError` if it is neither QUEUED nor PROCESSING, `NotFoundError` if it does not exist or its media is in the trash, `ForbiddenError` if the caller may not change the media, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.renditions.cancel(actor, id),
  }),
}))
