/** Keys of cached answers. The first part is the domain, so that one call can invalidate all answers of a domain. */
export const keys = {
  session: ['session'],
  media: (id: string) => ['media', 'one', id] as const,
  /** All answers about media: lists, facets, details. */
  allMedia: ['media'],
  mediaList: (filter: unknown, order: unknown) => ['media', 'list', filter, order] as const,
  allMediaLists: ['media', 'list'],
  mediaPage: (filter: unknown, order: unknown, position: unknown) =>
    ['media', 'page', filter, order, position] as const,
  mediaProgress: (id: string) => ['media', 'progress', id] as const,
  allMediaCounts: ['media', 'count'],
  mediaCount: (filter: unknown) => ['media', 'count', filter] as const,
  mediaFacets: (filter: unknown) => ['media', 'facets', filter] as const,
  allMediaFacets: ['media', 'facets'],
} as const
