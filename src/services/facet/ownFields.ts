import type { ParsedFilter } from '../media/filter.ts'

/**
 * Fields of a media filter that belong to each facet: it ignores these and applies all others. To add a field of the
 * filter that narrows a facet's own dimension, name it here.
 */
const ownFields = {
  totalCount: [],
  kinds: ['kinds'],
  statuses: ['statuses'],
  tags: ['tagsAll', 'tagsAny'],
  folders: ['folderId', 'atRoot', 'inFolder'],
  courses: ['usedIn'],
  uploaders: ['uploadedById'],
  months: ['uploadedAfter', 'uploadedBefore'],
} as const satisfies Record<string, readonly (keyof ParsedFilter)[]>

export type FacetName = keyof typeof ownFields

export interface FacetGroup {
  filter: ParsedFilter
  names: FacetName[]
}

const hasOwnValue = (filter: ParsedFilter, name: FacetName): boolean =>
  ownFields[name].some((field) => filter[field] != null)

const withoutOwnFields = (filter: ParsedFilter, name: FacetName): ParsedFilter => ({
  ...filter,
  ...Object.fromEntries(ownFields[name].map((field) => [field, null])),
})

/** Groups facets by the media that they count. All whose own fields have no value count those of the whole filter. */
export const groupFacets = (filter: ParsedFilter, names: readonly FacetName[]): FacetGroup[] => {
  const [own = [], shared = []] = [true, false].map((isOwn) =>
    names.filter((name) => hasOwnValue(filter, name) === isOwn),
  )
  const groups = own.map((name) => ({ filter: withoutOwnFields(filter, name), names: [name] }))
  return shared.length === 0 ? groups : [{ filter, names: shared }, ...groups]
}
