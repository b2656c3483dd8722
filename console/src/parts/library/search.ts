import type {
  MediaFilter,
  MediaKind,
  MediaOrder,
  MediaSort,
  MediaStatus,
  SortDirection,
} from '../../api/generated/documents.ts'

export const mediaKinds = ['VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT', 'OTHER'] as const satisfies readonly MediaKind[]
export const mediaStatuses = ['READY', 'PROCESSING', 'FAILED'] as const satisfies readonly MediaStatus[]
export const mediaSorts = [
  'RELEVANCE',
  'UPLOADED_AT',
  'UPDATED_AT',
  'TITLE',
  'FILE_NAME',
  'SIZE',
  'DURATION',
  'USAGE_COUNT',
] as const satisfies readonly MediaSort[]
const libraryViews = ['grid', 'table', 'groups'] as const
export const groupings = ['folder', 'course', 'uploader', 'month'] as const

/** Changes the search of a list. With `replace`, the back button does not return to the state before. */
export type ChangeSearch = (change: Partial<LibrarySearch>, options?: { replace?: boolean }) => void

/** State of a library that its address holds: filters, order and view. Absent: no filter, or the default. */
export interface LibrarySearch {
  search?: string
  kind?: MediaKind[]
  status?: MediaStatus[]
  tag?: string[]
  /** Global id of a folder, whose subfolders count too, or `root` for media in no folder. */
  folder?: string
  /** Whether only media directly in the folder count, not those in its subfolders. */
  direct?: true
  /** Key of a course: `source/type/externalId`, each part encoded like a path. */
  course?: string
  used?: boolean
  /** Number of days for which the media have been unused. */
  unused?: number
  /** Global id of the uploader. */
  by?: string
  /** Month of upload, `2026-11`. */
  month?: string
  sort?: MediaSort
  direction?: SortDirection
  view?: (typeof libraryViews)[number]
  group?: (typeof groupings)[number]
  /** Global id of the media whose details are shown beside the list. */
  media?: string
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const oneOf = <Value extends string>(all: readonly Value[], value: unknown): Value | undefined =>
  all.find((one) => one === value)

const someOf = <Value extends string>(all: readonly Value[], values: unknown): Value[] | undefined => {
  const known = all.filter((one) => Array.isArray(values) && values.includes(one))
  return known.length === 0 ? undefined : known
}

const textsOf = (values: unknown): string[] | undefined => {
  const texts = Array.isArray(values) ? values.flatMap((value) => textOf(value) ?? []) : []
  return texts.length === 0 ? undefined : texts
}

const maxTags = 50

const idOf = (type: string, value: unknown): string | undefined =>
  typeof value === 'string' && new RegExp(`^${type}:[\\da-f-]{36}$`, 'i').test(value) ? value : undefined

/** Parses the search parameters of an address. What it does not know is dropped: addresses are written by people, too. */
export const parseLibrarySearch = (search: Record<string, unknown>): LibrarySearch => ({
  // The address does not tell a number from a text.
  search: typeof search['search'] === 'number' ? String(search['search']) : textOf(search['search']),
  kind: someOf(mediaKinds, search['kind']),
  status: someOf(mediaStatuses, search['status']),
  tag: textsOf(search['tag'])?.slice(0, maxTags),
  folder: search['folder'] === 'root' ? 'root' : idOf('Folder', search['folder']),
  direct: search['direct'] === true || undefined,
  course: textOf(search['course']) && toCourseKey(String(search['course'])) && String(search['course']),
  used: typeof search['used'] === 'boolean' ? search['used'] : undefined,
  unused: Number.isInteger(search['unused']) ? Number(search['unused']) : undefined,
  by: idOf('User', search['by']),
  month: /^\d{4}-(0[1-9]|1[0-2])$/.test(textOf(search['month']) ?? '') ? textOf(search['month']) : undefined,
  sort: oneOf(mediaSorts, search['sort']),
  direction: oneOf(['ASC', 'DESC'] as const, search['direction']),
  view: oneOf(libraryViews, search['view']),
  group: oneOf(groupings, search['group']),
  media: idOf('Media', search['media']),
})

export interface CourseKey {
  source: string
  type: string
  externalId: string
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

export const toCourseKey = (course: string): CourseKey | undefined => {
  const [source, type, externalId] = course.split('/').map(decode)
  return source && type && externalId ? { source, type, externalId } : undefined
}

export const writeCourseKey = ({ source, type, externalId }: CourseKey): string =>
  [source, type, externalId].map(encodeURIComponent).join('/')

/** Bounds of a month in UTC: its first moment, and that of the next month. */
const boundsOfMonth = (month: string): { uploadedAfter: string; uploadedBefore: string } => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const [from, to] = [Date.UTC(year, number - 1, 1), Date.UTC(year, number, 1)]
  return { uploadedAfter: new Date(from).toISOString(), uploadedBefore: new Date(to).toISOString() }
}

/** Writes the conditions of a search as the filter of the server. */
export const toMediaFilter = ({
  search,
  kind,
  status,
  tag,
  folder,
  direct,
  course,
  used,
  unused,
  by,
  month,
}: LibrarySearch): MediaFilter => ({
  search,
  kinds: kind,
  statuses: status,
  tagsAll: tag,
  ...(folder === 'root' ? { atRoot: true } : direct ? { folderId: folder } : { inFolder: folder }),
  usedIn: course === undefined ? undefined : toCourseKey(course),
  used,
  unusedForDays: unused,
  uploadedById: by,
  ...(month === undefined ? {} : boundsOfMonth(month)),
})

/** Order of a search: by relevance while a text is searched, else the newest first. */
export const toMediaOrder = ({ search, sort, direction }: LibrarySearch): MediaOrder => {
  const by = sort === 'RELEVANCE' && search === undefined ? undefined : sort
  if (by === undefined) return { by: search === undefined ? 'UPLOADED_AT' : 'RELEVANCE', direction: 'DESC' }
  return { by, direction: direction ?? (by === 'TITLE' || by === 'FILE_NAME' ? 'ASC' : 'DESC') }
}

/** Whether any condition narrows the list. */
export const hasConditions = (search: LibrarySearch): boolean =>
  Object.values(toMediaFilter(search)).some((condition) => condition !== undefined)

/** Conditions of a search, in the order in which they are shown. */
const filterParts = ['search', 'folder', 'kind', 'status', 'tag', 'used', 'unused', 'course', 'by', 'month'] as const
export type FilterPart = (typeof filterParts)[number]

export const activeParts = (search: LibrarySearch): FilterPart[] =>
  filterParts.filter((part) => search[part] !== undefined)

/** Change of a search that removes some of its conditions. */
export const withoutParts = (parts: readonly FilterPart[]): Partial<LibrarySearch> => ({
  ...Object.fromEntries(parts.map((part) => [part, undefined])),
  ...(parts.includes('folder') && { direct: undefined }),
})

/** Number of chosen values, without the text that is searched. */
export const countValues = (search: LibrarySearch): number =>
  activeParts(search)
    .filter((part) => part !== 'search')
    .map((part) => search[part])
    .reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 1), 0)

/** Filter of a list that shows some kinds only, whatever the search says. */
export const toListFilter = (search: LibrarySearch, kinds: readonly MediaKind[] | undefined): MediaFilter => {
  const filter = toMediaFilter(search)
  if (kinds === undefined) return filter
  return { ...filter, kinds: kinds.filter((kind) => search.kind?.includes(kind) ?? true) }
}

/** Adds a value to a list of values, or removes it; absent if the list is empty then. */
export const toggled = <Value>(values: readonly Value[] | undefined, value: Value): Value[] | undefined => {
  const others = (values ?? []).filter((other) => other !== value)
  if (others.length === (values ?? []).length) return [...others, value]
  return others.length === 0 ? undefined : others
}
