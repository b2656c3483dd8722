import type { TagCount } from '../services/tag/tags.ts'
import { builder } from './builder.ts'

export const TagCountType = builder.objectRef<TagCount>('TagCount').implement({
  description: 'A tag and how many media carry it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The tag in the spelling in which it was first used; upper and lower case make no difference.',
    }),
    count: t.exposeInt('count', {
      description:
        'Number of media outside the trash that carry the tag; in `mediaFacets`, of those that the facet counts.',
    }),
  }),
})
