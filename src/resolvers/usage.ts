import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { MediaLinkInput, MediaUnlinkInput, MediaUsageType } from '../schema/usage.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  mediaLink: t.field({
    type: MediaUsageType,
    description: 'May be repeated: the same link comes back. Title, URL and parents of the resource become as given.',
    args: { input: t.arg({ type: MediaLinkInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaLinkResult' } },
    resolve: (_root, { input }, { actor, services }) => services.usages.link(actor, input),
  }),
  mediaUnlink: t.field({
    type: MediaType,
    description: 'May be repeated.',
    args: { input: t.arg({ type: MediaUnlinkInput }) },
    errors: { types: commonRefusals, union: { name: 'MediaUnlinkResult' } },
    resolve: (_root, { input }, { actor, services }) => services.usages.unlink(actor, input),
  }),
}))
