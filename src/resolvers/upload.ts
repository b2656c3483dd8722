import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaUploadCreateInput, UploadTicketType, UploadType } from '../schema/upload.ts'
import { DuplicateMediaError, StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  upload: t.prismaField({
    type: UploadType,
    nullable: true,
    args: { id: t.arg.id() },
    resolve: (query, _root, { id }, { actor, services }) => services.uploads.find(actor, id, query),
  }),
  uploads: t.prismaField({
    type: [UploadType],
    description: "The caller's own that can still take bytes, newest first; at most 100.",
    resolve: (query, _root, _args, { actor, services }) => services.uploads.list(actor, query),
  }),
}))

builder.mutationFields((t) => ({
  mediaUploadCreate: t.field({
    type: UploadTicketType,
    description: 'Makes a ticket for one file and the tus upload that takes its bytes.',
    args: { input: t.arg({ type: MediaUploadCreateInput }) },
    errors: {
      types: [DuplicateMediaError, StateConflictError, ...commonRefusals],
      union: { name: 'MediaUploadCreateResult' },
    },
    resolve: (_root, { input }, { actor, services }) => services.uploads.createTicket(actor, input),
  }),
  mediaUploadCancel: t.field({
    type: UploadType,
    description: 'Ends an upload that is still open and removes what has arrived.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaUploadCancelResult' } },
    resolve: (_root, { id }, { actor, services }) => services.uploads.cancel(actor, id),
  }),
}))

builder.subscriptionField('uploadProgress', (t) =>
  t.prismaField({
    type: UploadType,
    description:
      'First the present state, then the bytes as they arrive and each change of status. Ends with the upload.',
    args: { id: t.arg.id() },
    subscribe: (_root, { id }, { actor, services }) => services.subscriptions.upload(actor, id),
    resolve: (query, update) => update.read(query),
  }),
)
