import type { MediaFacetsQuery, MediaFilter, MediaFolderFacetsQuery, MediaKind } from '../../api/generated/documents.ts'
import { type groupings, type LibrarySearch, toListFilter, writeCourseKey } from './search.ts'

export type Grouping = (typeof groupings)[number]

export interface MediaGroup {
  key: string
  title: string
  count: number
  filter: MediaFilter
  /** Change of the search that lists the whole group. */
  change: Partial<LibrarySearch>
}

type FolderFacet = MediaFolderFacetsQuery['mediaFacets']['folders'][number]

/** Whether a folder facet lies in the folder that a search names. The facet itself ignores that condition. */
export const isInFolder = (
  { folder }: Pick<FolderFacet, 'folder'>,
  { folder: chosen, direct }: LibrarySearch,
): boolean => {
  if (chosen === undefined) return true
  if (chosen === 'root') return folder === null
  return folder?.id === chosen || (direct !== true && (folder?.ancestors.some(({ id }) => id === chosen) ?? false))
}

type Facets = Pick<MediaFacetsQuery['mediaFacets'], 'courses' | 'uploaders' | 'months'> & {
  folders?: readonly FolderFacet[]
}

interface Words {
  noFolder: string
  month(from: string): string
}

/** Writes the facets of one dimension as groups; undefined while they are loaded. */
export const toGroups = (
  grouping: Grouping,
  { folders, courses, uploaders, months }: Facets,
  search: LibrarySearch,
  kinds: readonly MediaKind[] | undefined,
  words: Words,
): MediaGroup[] | undefined => {
  const group = (key: string, title: string, count: number, change: Partial<LibrarySearch>): MediaGroup => ({
    key: `${grouping} ${key}`,
    title,
    count,
    change,
    filter: toListFilter({ ...search, ...change }, kinds),
  })
  switch (grouping) {
    case 'folder':
      return folders
        ?.filter((facet) => isInFolder(facet, search))
        .map(({ folder, count }) =>
          folder === null
            ? group('root', words.noFolder, count, { folder: 'root', direct: undefined })
            : group(folder.id, [...folder.ancestors, folder].map(({ name }) => name).join(' / '), count, {
                folder: folder.id,
                direct: true,
              }),
        )
    case 'course':
      return courses
        ?.map(({ resource, count }) => {
          const course = writeCourseKey(resource)
          return group(course, resource.title ?? resource.externalId, count, { course })
        })
        .filter(({ change: { course } }) => search.course === undefined || search.course === course)
    case 'uploader':
      return uploaders
        ?.filter(({ user }) => search.by === undefined || search.by === user.id)
        .map(({ user, count }) => group(user.id, user.name, count, { by: user.id }))
    case 'month':
      return months
        ?.map(({ from, count }) => group(from, words.month(from), count, { month: from.slice(0, 7) }))
        .filter(({ change: { month } }) => search.month === undefined || search.month === month)
  }
}
