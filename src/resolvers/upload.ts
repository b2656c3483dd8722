import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaUploadCreateInput, UploadTicketType, UploadType } from '../schema/upload.ts'
import { DuplicateMediaError, StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  upload: t.prismaField({
    type: UploadType,
    nullable: true,
    description:
      'One upload by its id; null if it does not exist, or if it belongs to another user and the caller is not an admin.',
    args: { id: t.arg.id({ description: 'Global id of the upload.' }) },
    resolve: (query, _root, { id }, { actor, services }) => services.uploads.find(actor, id, query),
  }),
  uploads: t.prismaField({
    type: [UploadType],
    extensions: { dependsOnTime: true },
    description: 'Unfinished uploads of the caller that still accept bytes, newest first: at most 100.',
    resolve: (query, _root, _args, { actor, services }) => services.uploads.list(actor, query),
  }),
}))

builder.mutationFields((t) => ({
  mediaUploadCreate: t.field({
    type: UploadTicketType,
    extensions: { rateClass: 'uploads' },
    description:
      'Creates an upload for one file. Send its bytes to `target` with tus; the media, or the next version of the replaced media, exists once all bytes have arrived. It needs the role editor or admin; editors may replace only media that they uploaded.',
    args: { input: t.arg({ type: MediaUploadCreateInput, description: 'File to upload.' }) },
    errors: {
      types: [DuplicateMediaError, StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaUploadCreateResult',
        description:
          'The new upload as `UploadTicket`, or a refusal: `DuplicateMediaError` if `sha256` is that of a media in the library, `StateConflictError` if the external id is taken, `NotFoundError` if the folder or the replaced media does not exist, `ForbiddenError` if the caller may not upload or replace, `InvalidInputError` for invalid values.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.uploads.createTicket(actor, input),
  }),
  mediaUploadCancel: t.field({
    type: UploadType,
    description:
      'Cancels an unfinished upload and removes the bytes that have arrived. Only its owner and admins may cancel it.',
    args: { id: t.arg.id({ description: 'Upload to cancel.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'MediaUploadCancelResult',
        description:
          'The cancelled `Upload`, or a refusal: `StateConflictError` if it has ended already, `NotFoundError` if it does not exist, `ForbiddenError` if the caller may not cancel it, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.uploads.cancel(actor, id),
  }),
}))

builder.subscriptionField('uploadProgress', (t) =>
  t.prismaField({
    type: UploadType,
    description:
      'Follows an upload. The first event is its current state; then there is one event per change of status, while `receivedBytes` may be coalesced. The subscription ends with the upload. An upload that does not exist or may not be seen by the caller is a `NOT_FOUND` error.',
    args: { id: t.arg.id({ description: 'Upload to follow.' }) },
    subscribe: (_root, { id }, { actor, services }) => services.subscriptions.upload(actor, id),
    resolve: (query, update) => update.read(query),
  }),
)
