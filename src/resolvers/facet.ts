import { builder } from '../schema/builder.ts'
import { MediaFacetsType } from '../schema/facet.ts'
import { MediaFilterInput } from '../schema/mediaFilter.ts'

builder.queryField('mediaFacets', (t) =>
  t.field({
    type: MediaFacetsType,
    description:
      'Numbers of media for filter controls. Each facet ignores the filter on its own dimension and applies all others; only the selected facets are counted.',
    args: {
      filter: t.arg({
        type: MediaFilterInput,
        required: false,
        description: 'Conditions as in `mediaList`. The default is all media outside the trash.',
      }),
    },
    complexity: { field: 100, multiplier: 1 },
    resolve: (_root, { filter }, { actor, services }) => services.facets.ofMedia(actor, filter),
  }),
)
