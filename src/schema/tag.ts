import type { TagCount } from '../services/tag/tags.ts'
import { builder } from './builder.ts'

export const TagCountType = builder.objectRef<TagCount>('TagCount').implement({
  fields: (t) => ({
    name: t.exposeString('name', { description: 'In the spelling that came first.' }),
    count: t.exposeInt('count', { description: 'Of media that are not in the trash.' }),
  }),
})
