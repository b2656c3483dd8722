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
export const libraryViews = ['grid', 'table', 'groups'] as const
export const groupings = ['folder', 'course', 'uploader', 'month'] as const

/** State of a library that its address holds: filters, order and view. Absent: no filter, or the default. */
export interface LibrarySearch {
  search?: string
  kind?: MediaKind[]
  status?: MediaStatus[]
  tag?: string[]
  /** Global id of a folder, whose subfolders count too, or `root` for media in no folder. */
  folder?: string
  /** Key of a course: `source/type/externalId`, each part encoded like a path. */
  course?: string
  used?: boolean
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

/** Parses the search parameters of an address. What it does not know is dropped: addresses are written by people, too. */
export const parseLibrarySearch = (search: Record<string, unknown>): LibrarySearch => ({
  search: search['search'] === undefined ? undefined : textOf(String(search['search'])),
  kind: someOf(mediaKinds, search['kind']),
  status: someOf(mediaStatuses, search['status']),
  tag: textsOf(search['tag']),
  folder: textOf(search['folder']),
  course: textOf(search['course']),
  used: typeof search['used'] === 'boolean' ? search['used'] : undefined,
  by: textOf(search['by']),
  month: /^\d{4}-(0[1-9]|1[0-2])$/.test(String(search['month'])) ? String(search['month']) : undefined,
  sort: oneOf(mediaSorts, search['sort']),
  direction: oneOf(['ASC', 'DESC'] as const, search['direction']),
  view: oneOf(libraryViews, search['view']),
  group: oneOf(groupings, search['group']),
  media: textOf(search['media']),
})

export interface CourseKey {
  source: string
  type: string
  externalId: string
}

export const toCourseKey = (course: string): CourseKey | undefined => {
  const [source, type, externalId] = course.split('/').map(decodeURIComponent)
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
  course,
  used,
  by,
  month,
}: LibrarySearch): MediaFilter => ({
  search,
  kinds: kind,
  statuses: status,
  tagsAll: tag,
  ...(folder === 'root' ? { atRoot: true } : { inFolder: folder }),
  usedIn: course === undefined ? undefined : toCourseKey(course),
  used,
  uploadedById: by,
  ...(month === undefined ? {} : boundsOfMonth(month)),
})

/** Order of a search: by relevance while a text is searched, else the newest first. */
export const toMediaOrder = ({ search, sort, direction }: LibrarySearch): MediaOrder => {
  const by = sort === 'RELEVANCE' && search === undefined ? undefined : sort
  if (by === undefined) return { by: search === undefined ? 'UPLOADED_AT' : 'RELEVANCE', direction: 'DESC' }
  return { by, direction: direction ?? (by === 'TITLE' || by === 'FILE_NAME' ? 'ASC' : 'DESC') }
}

/** Change of a search that removes all conditions and keeps order and view. */
export const noConditions = {
  search: undefined,
  kind: undefined,
  status: undefined,
  tag: undefined,
  folder: undefined,
  course: undefined,
  used: undefined,
  by: undefined,
  month: undefined,
} as const satisfies Partial<LibrarySearch>

/** Whether any condition narrows the list. */
export const hasConditions = (search: LibrarySearch): boolean =>
  Object.values(toMediaFilter(search)).some((condition) => condition !== undefined)
