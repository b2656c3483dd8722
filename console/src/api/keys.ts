/** Keys of cached answers. The first part is the domain, so that one call can invalidate all answers of a domain. */
export const keys = {
  session: ['session'],
  media: (id: string) => ['media', 'one', id] as const,
  mediaUsages: (id: string) => ['media', 'one', id, 'usages'] as const,
  mediaVersions: (id: string) => ['media', 'one', id, 'versions'] as const,
  mediaHistory: (id: string) => ['media', 'one', id, 'history'] as const,
  mediaAssignments: (id: string, isCurrent: boolean) => ['media', 'one', id, 'assignments', isCurrent] as const,
  mediaText: (url: string) => ['mediaText', url] as const,
  /** All answers about media: lists, facets, details. */
  allMedia: ['media'],
  mediaList: (filter: unknown, order: unknown) => ['media', 'list', filter, order] as const,
  allMediaLists: ['media', 'list'],
  mediaCount: (filter: unknown) => ['media', 'count', filter] as const,
  mediaFacets: (filter: unknown) => ['media', 'facets', filter] as const,
  allMediaFacets: ['media', 'facets'],
} as const
