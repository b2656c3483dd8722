import { builder } from '../schema/builder.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { MediaDeleteInput, MediaRestorationType } from '../schema/trash.ts'
import { MediaInUseError, StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  mediaDelete: t.field({
    type: MediaType,
    description: 'Into the trash. Refuses what is in use.',
    args: { input: t.arg({ type: MediaDeleteInput }) },
    errors: { types: [MediaInUseError, StateConflictError, ...commonRefusals], union: { name: 'MediaDeleteResult' } },
    resolve: (_root, { input }, { actor, services }) => services.trash.delete(actor, input),
  }),
  mediaRestore: t.field({
    type: MediaRestorationType,
    description: 'Out of the trash, exactly as it was.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaRestoreResult' } },
    resolve: (_root, { id }, { actor, services }) => services.trash.restore(actor, id),
  }),
  mediaPurge: t.field({
    type: DeletedType,
    description: 'For good, and only from the trash.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaPurgeResult' } },
    resolve: (_root, { id }, { actor, services }) => services.trash.purge(actor, id),
  }),
}))
