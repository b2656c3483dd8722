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
  mediaFolderFacets: (filter: unknown) => ['media', 'facets', 'by folder', filter] as const,
  mediaGroup: (filter: unknown, order: unknown) => ['media', 'facets', 'group', filter, order] as const,
  allMediaFacets: ['media', 'facets'],
  /** Folders show counts of media: they are read again together with the facets. */
  folderLevel: (parentId: string | null) => ['media', 'facets', 'folders', 'level', parentId] as const,
  folderPath: (id: string) => ['media', 'facets', 'folders', 'path', id] as const,
  allFolders: ['media', 'facets', 'folders'],
  tagSuggestions: (search: string) => ['tags', search] as const,
  courseSuggestions: (search: string) => ['courses', 'suggestions', search] as const,
  courseName: (course: unknown) => ['courses', 'name', course] as const,
  uploaderSuggestions: (search: string) => ['users', 'suggestions', search] as const,
  uploaderName: (id: string) => ['users', 'name', id] as const,
} as const
