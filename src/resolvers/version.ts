import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { MediaVersionActivateInput } from '../schema/version.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationField('mediaVersionActivate', (t) =>
  t.field({
    type: MediaType,
    description:
      'Makes a READY version current: a staged one, or an earlier one to roll back. All resources show it at once, and the URLs of the media change. Activating the current version changes nothing. Editors may switch only media that they uploaded, admins all.',
    args: { input: t.arg({ type: MediaVersionActivateInput, description: 'Media and version.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaVersionActivateResult',
        description:
          'The `Media` with its new current version, or a refusal: `StateConflictError` if the version is not READY or is of another kind than the media, `NotFoundError` if the media or the version does not exist or the media is in the trash, `ForbiddenError` if the caller may not change the media, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.versions.activate(actor, input),
  }),
)
