import { builder } from '../schema/builder.ts'
import { commonRefusals } from '../schema/errors.ts'
import { MediaType } from '../schema/media.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

const MediaUpdateInput = builder.inputType('MediaUpdateInput', {
  description: 'An absent field stays, an explicit null clears.',
  fields: (t) => ({
    id: t.id(),
    externalId: t.string({ required: false, description: 'Unique in the library.' }),
    title: t.string({ required: false, description: 'Cannot be cleared.' }),
    fileName: t.string({ required: false, description: 'Cannot be cleared.' }),
    description: t.string({ required: false, description: 'At most 10,000 characters.' }),
    altText: t.string({ required: false, description: 'At most 1,000 characters.' }),
    tags: t.stringList({
      required: false,
      description: 'All of them: at most 50 of 64 characters; case does not tell them apart.',
    }),
    folderId: t.id({ required: false, description: 'Null: to the root.' }),
  }),
})

builder.mutationField('mediaUpdate', (t) =>
  t.field({
    type: MediaType,
    description: 'Changes how a media is described and where it is filed; its bytes stay.',
    args: { input: t.arg({ type: MediaUpdateInput }) },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'MediaUpdateResult' } },
    resolve: (_root, { input }, { actor, services }) => services.description.update(actor, input),
  }),
)
