import { builder } from '../schema/builder.ts'
import { TagCountType } from '../schema/tag.ts'

builder.queryField('tags', (t) =>
  t.field({
    type: [TagCountType],
    description: 'Tags in use, most used first, for autocompletion. Media in the trash do not count.',
    args: {
      search: t.arg.string({
        required: false,
        description:
          'Returns only tags that contain this text, ignoring upper and lower case; a blank text counts as null. At most 64 characters.',
      }),
      first: t.arg.int({ required: false, description: 'Maximum number of tags: 1 to 100. The default is 20.' }),
    },
    resolve: (_root, args, { actor, services }) => services.tags.list(actor, args),
  }),
)
