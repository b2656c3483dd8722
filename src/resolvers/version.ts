import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { MediaVersionActivateInput } from '../schema/version.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationField('mediaVersionActivate', (t) =>
  t.field({
    type: MediaType,
    description:
      'Makes a READY version current: the staged next one, or an earlier one (rollback). All usages show it at once, and URLs change with it. Doing it again changes nothing.',
    args: { input: t.arg({ type: MediaVersionActivateInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaVersionActivateResult' } },
    resolve: (_root, { input }, { actor, services }) => services.versions.activate(actor, input),
  }),
)
