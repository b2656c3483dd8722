/** Keys of cached answers. The first part is the domain, so that one call can invalidate all answers of a domain. */
export const keys = {
  session: ['session'],
  media: (id: string) => ['media', 'one', id] as const,
  mediaPreview: (id: string | null) => ['media', 'preview', id] as const,
  /** All answers about media: lists, facets, details. */
  allMedia: ['media'],
  mediaList: (filter: unknown, order: unknown) => ['media', 'list', filter, order] as const,
  allMediaLists: ['media', 'list'],
  mediaCount: (filter: unknown) => ['media', 'count', filter] as const,
  mediaFacets: (filter: unknown) => ['media', 'facets', filter] as const,
  allMediaFacets: ['media', 'facets'],
  courses: (search: string | undefined) => ['courses', 'list', search] as const,
  resource: (ref: unknown) => ['courses', 'one', ref] as const,
  resourceChildren: (ref: unknown) => ['courses', 'children', ref] as const,
  resourceMedia: (ref: unknown) => ['courses', 'media', ref] as const,
  /** All answers about courses and what is below them. */
  allCourses: ['courses'],
} as const
