import { builder } from '../schema/builder.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import '../schema/mediaVerdicts.ts'
import { timeouts } from '../schema/timeouts.ts'
import { MediaDeleteInput, MediaRestorationType } from '../schema/trash.ts'
import { MediaInUseError, StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  mediaDelete: t.field({
    type: MediaType,
    extensions: timeouts.bulk,
    description:
      'Moves a media to the trash, from which it can be restored until `purgeAt`. Media in use are refused unless an admin sets `force`. Editors may delete only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaDeleteInput, description: 'Media to delete.' }) },
    errors: {
      types: [MediaInUseError, StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaDeleteResult',
        description:
          'The deleted `Media`, or a refusal: `MediaInUseError` with the uses of the media, `StateConflictError` if it is in the trash already, `NotFoundError` if it does not exist, `ForbiddenError` if the caller may not delete it or use `force`, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.trash.delete(actor, input),
  }),
  mediaRestore: t.field({
    type: MediaRestorationType,
    extensions: timeouts.bulk,
    description:
      'Restores a media from the trash exactly as it was, with the links and assignments that a forced delete ended, where possible. Editors may restore only media that they uploaded, admins all.',
    args: { id: t.arg.id({ description: 'Media in the trash.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaRestoreResult',
        description:
          'The restored media as `MediaRestoration`, or a refusal: `StateConflictError` if the media is not in the trash, `NotFoundError` if it does not exist, `ForbiddenError` if the caller may not restore it, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.trash.restore(actor, id),
  }),
  mediaPurge: t.field({
    type: DeletedType,
    extensions: timeouts.purge,
    description:
      'Permanently deletes a media from the trash with all its versions and renditions. This cannot be undone. It needs the role admin.',
    args: { id: t.arg.id({ description: 'Media in the trash.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaPurgeResult',
        description:
          'The id of the purged media as `Deleted`, or a refusal: `StateConflictError` if the media is not in the trash, `NotFoundError` if it does not exist, `ForbiddenError` for everyone but admins, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.trash.purge(actor, id),
  }),
}))
