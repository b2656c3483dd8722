import { builder } from '../schema/builder.ts'
import { TagCountType } from '../schema/tag.ts'

builder.queryField('tags', (t) =>
  t.field({
    type: [TagCountType],
    description: 'For completion: tags that hold the text, the most used first; 20 of them, at most 100.',
    args: { search: t.arg.string({ required: false }), first: t.arg.int({ required: false }) },
    resolve: (_root, args, { actor, services }) => services.tags.list(actor, args),
  }),
)
