import { useQuery } from '@tanstack/react-query'
import {
  CourseSuggestionsDocument,
  FilterCourseDocument,
  FilterUploaderDocument,
  MediaCountsWithoutDocument,
  type MediaCountsWithoutQuery,
  MediaFacetsDocument,
  type MediaFacetsQuery,
  type MediaFilter,
  MediaFolderFacetsDocument,
  type ResourceRef,
  UploaderSuggestionsDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { useSession } from './session.ts'

export type MediaFacets = MediaFacetsQuery['mediaFacets'] & { use?: { used: number; unused: number } }
export type FacetCourse = NonNullable<MediaFacets['courses']>[number]['resource']

/** Sections of the filters whose counts are asked for. */
export interface FacetSections {
  kinds?: boolean
  statuses?: boolean
  use?: boolean
  tags?: boolean
  courses?: boolean
  uploaders?: boolean
  months?: boolean
}

const countUse = (filter: MediaFilter, { mediaFacets, otherUse }: MediaFacetsQuery): MediaFacets['use'] => {
  if (otherUse === undefined) return
  const [all, other] = [mediaFacets.totalCount, otherUse.totalCount]
  if (filter.used == null) return { used: other, unused: all - other }
  return filter.used ? { used: all, unused: other } : { used: other, unused: all }
}

/** Counts the media that match, by the values of each section. The previous counts stay while new ones are loaded. */
export const useMediaFacets = (filter: MediaFilter, sections: FacetSections, isEnabled = true) => {
  const { send } = useServer()
  const variables = {
    filter,
    otherUse: { ...filter, used: !(filter.used ?? false) },
    withKinds: sections.kinds ?? false,
    withStatuses: sections.statuses ?? false,
    withUse: sections.use ?? false,
    withTags: sections.tags ?? false,
    withCourses: sections.courses ?? false,
    withUploaders: sections.uploaders ?? false,
    withMonths: sections.months ?? false,
  }
  return useQuery({
    queryKey: keys.mediaFacets(variables),
    queryFn: async ({ signal }): Promise<MediaFacets> => {
      const answer = await send(MediaFacetsDocument, variables, { signal })
      return { ...answer.mediaFacets, use: countUse(filter, answer) }
    },
    placeholderData: (previous) => previous,
    refetchInterval: usePollInterval(),
    enabled: isEnabled,
  })
}

/** Lists the folders that hold matching media directly, the fullest 100 first; a null folder holds those in none. */
export const useFolderFacets = (filter: MediaFilter, isEnabled: boolean) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.mediaFolderFacets(filter),
    queryFn: ({ signal }) => send(MediaFolderFacetsDocument, { filter }, { signal }),
    select: ({ mediaFacets }) => mediaFacets.folders,
    placeholderData: (previous) => previous,
    refetchInterval: usePollInterval(),
    enabled: isEnabled,
  })
}

/** Finds courses by words of their title. */
export const useCourseSuggestions = (search: string, isEnabled: boolean) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.courseSuggestions(search),
    queryFn: ({ signal }) => send(CourseSuggestionsDocument, { search }, { signal }),
    select: ({ courses }) => courses.nodes,
    placeholderData: (previous) => previous,
    enabled: isEnabled,
  })
}

/** Whether the caller may see who else uses the library. */
export const useMayListUsers = (): boolean => useSession().viewer.role !== 'VIEWER'

/** Finds people by their name; typos are tolerated. */
export const useUploaderSuggestions = (search: string, isEnabled: boolean) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.uploaderSuggestions(search),
    queryFn: ({ signal }) => send(UploaderSuggestionsDocument, { search }, { signal }),
    select: ({ users }) => users.nodes,
    placeholderData: (previous) => previous,
    enabled: isEnabled,
  })
}

/** Reads the title of a course; null if no LMS has named it. */
export const useCourseName = (ref: ResourceRef | undefined) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.courseName(ref),
    queryFn: ({ signal }) =>
      send(FilterCourseDocument, { ref: ref ?? { source: '', type: '', externalId: '' } }, { signal }),
    select: ({ resource }) => resource,
    enabled: ref !== undefined,
  })
}

/** Reads the name of a user; null if there is no such user, undefined if the caller may not see it. */
export const useUploaderName = (id: string | undefined) => {
  const { send } = useServer()
  const { viewer } = useSession()
  const mayRead = viewer.role !== 'VIEWER' || viewer.id === id
  return useQuery({
    queryKey: keys.uploaderName(id ?? ''),
    queryFn: ({ signal }) => send(FilterUploaderDocument, { id: id ?? '' }, { signal }),
    select: ({ user }) => user,
    enabled: id !== undefined && mayRead,
  })
}

export type FilterPart = keyof MediaCountsWithoutQuery

/** Counts what each filter matches: for a filter without matches, the same filter with one condition left out. */
export const useCountsWithout = (filters: Partial<Record<FilterPart, MediaFilter>>) => {
  const { send } = useServer()
  const variables = {
    ...filters,
    hasSearch: filters.search !== undefined,
    hasKind: filters.kind !== undefined,
    hasStatus: filters.status !== undefined,
    hasTag: filters.tag !== undefined,
    hasFolder: filters.folder !== undefined,
    hasCourse: filters.course !== undefined,
    hasUsed: filters.used !== undefined,
    hasUnused: filters.unused !== undefined,
    hasBy: filters.by !== undefined,
    hasMonth: filters.month !== undefined,
  }
  return useQuery({
    queryKey: keys.mediaCount(variables),
    queryFn: ({ signal }) => send(MediaCountsWithoutDocument, variables, { signal }),
  })
}
