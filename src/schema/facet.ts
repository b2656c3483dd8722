import type { MediaFacets } from '../services/facet/facets.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import {
  FolderFacetType,
  KindFacetType,
  MonthFacetType,
  ResourceFacetType,
  StatusFacetType,
  UserFacetType,
} from './facetCounts.ts'
import { rowsQuery } from './plannedReads.ts'
import { TagCountType } from './tag.ts'

const firstDescription = (values: string): string => `Maximum number of ${values}: 1 to 100. The default is 20.`

const enumCost = { field: 1, multiplier: 5 }

export const MediaFacetsType = builder.objectRef<MediaFacets>('MediaFacets').implement({
  description:
    'Numbers of media for filter controls. Each facet ignores the filter on its own dimension and applies all others. Values without media are left out; equally frequent values have the same order in every answer.',
  fields: (t) => ({
    totalCount: t.int({
      description: 'Number of media that match the whole filter. Unlike that of `mediaList`, it is always exact.',
      resolve: (facets) => facets.totalCount(),
    }),
    kinds: t.field({
      type: [KindFacetType],
      description: 'Media by kind, in the order of the enum. It ignores `kinds`.',
      complexity: enumCost,
      resolve: (facets) => facets.kinds(),
    }),
    statuses: t.field({
      type: [StatusFacetType],
      description: 'Media by status, in the order of the enum. It ignores `statuses`.',
      complexity: enumCost,
      resolve: (facets) => facets.statuses(),
    }),
    tags: t.field({
      type: [TagCountType],
      description: 'Media by tag, most frequent tag first. It ignores `tagsAll` and `tagsAny`.',
      args: { first: t.arg.int({ required: false, description: firstDescription('tags') }) },
      complexity: pageCost,
      resolve: (facets, { first }) => facets.tags(first),
    }),
    folders: t.field({
      type: [FolderFacetType],
      description: 'Media by folder, fullest folder first. It ignores `folderId`, `atRoot` and `inFolder`.',
      args: { first: t.arg.int({ required: false, description: firstDescription('folders') }) },
      complexity: pageCost,
      resolve: (facets, { first }, context, info) => facets.folders(first, rowsQuery(context, info, [['folder']])),
    }),
    courses: t.field({
      type: [ResourceFacetType],
      description:
        'Media by the courses that show them, directly or in a resource below; the course with the most media first. Courses are the resources of the type `course`. It ignores `usedIn`.',
      args: { first: t.arg.int({ required: false, description: firstDescription('courses') }) },
      complexity: pageCost,
      resolve: (facets, { first }, context, info) => facets.courses(first, rowsQuery(context, info, [['resource']])),
    }),
    uploaders: t.field({
      type: [UserFacetType],
      description:
        'Media by uploader, the one with the most media first. Media without an uploader are left out. It ignores `uploadedById`.',
      args: { first: t.arg.int({ required: false, description: firstDescription('users') }) },
      complexity: pageCost,
      resolve: (facets, { first }, context, info) => facets.uploaders(first, rowsQuery(context, info, [['user']])),
    }),
    months: t.field({
      type: [MonthFacetType],
      description: 'Media by month of upload, newest month first. It ignores `uploadedAfter` and `uploadedBefore`.',
      args: { first: t.arg.int({ required: false, description: firstDescription('months') }) },
      complexity: pageCost,
      resolve: (facets, { first }) => facets.months(first),
    }),
  }),
})
