import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { MediaLinkInput, MediaUnlinkInput, MediaUsageType } from '../schema/usage.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.mutationFields((t) => ({
  mediaLink: t.field({
    type: MediaUsageType,
    description:
      'Links a media to a resource of an LMS. The resource and its parents are created or updated as given. Repeating the call returns the existing link. It needs the role editor or admin.',
    args: { input: t.arg({ type: MediaLinkInput, description: 'Media and resource.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaLinkResult',
        description:
          'The link as `MediaUsage`, or a refusal: `NotFoundError` if the media does not exist or is in the trash, `InvalidInputError` for invalid values, too many parents or a resource below itself, `ForbiddenError` for viewers, `StateConflictError` if another server took over this call, which has an idempotency key.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.usages.link(actor, input),
  }),
  mediaUnlink: t.field({
    type: MediaType,
    description:
      'Removes the link from a resource to a media. It can be repeated safely: without a link nothing changes. It needs the role editor or admin.',
    args: { input: t.arg({ type: MediaUnlinkInput, description: 'Media and resource.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaUnlinkResult',
        description:
          'The unlinked `Media`, also if there was no link, or a refusal: `NotFoundError` if the media or the resource does not exist or the media is in the trash, `ForbiddenError` for viewers, `InvalidInputError` for a malformed id or key, `StateConflictError` if the call lost its idempotency key to a retry and changed nothing.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.usages.unlink(actor, input),
  }),
}))
