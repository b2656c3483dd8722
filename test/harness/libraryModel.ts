import fc from 'fast-check'
import type { MediaListQueryVariables } from '../../client/generated/documents.ts'
import { MediaKind, MediaStatus, RenditionStatus } from '../../prisma/generated/client/enums.ts'
import type { Database } from '../../src/services/kernel/ports.ts'
import { unknownUuid, uuidOf } from './ids.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>
type Order = NonNullable<MediaListQueryVariables['order']>

const include = {
  assignments: { where: { status: 'CURRENT' }, select: { userId: true } },
  currentVersion: { select: { durationSeconds: true, renditions: { select: { status: true } } } },
  usages: { select: { resourceId: true } },
} as const

/** Loads the whole library into memory, to find media in it without SQL. */
export const readLibraryModel = async (database: Database) => ({
  media: await database.media.findMany({ include }),
  resources: await database.resource.findMany(),
  folders: await database.folder.findMany({ select: { id: true, parentId: true } }),
  userIds: (await database.user.findMany({ select: { id: true }, take: 100 })).map(({ id }) => id),
  now: new Date(),
})

export type LibraryModel = Awaited<ReturnType<typeof readLibraryModel>>
type Item = LibraryModel['media'][number]

const dayMs = 86_400_000

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

/** Ids of a node of a tree and of all its descendants. */
const listSubtree = (nodes: readonly { id: string; parentId: string | null }[], id: string): string[] => [
  id,
  ...nodes.filter(({ parentId }) => parentId === id).flatMap((child) => listSubtree(nodes, child.id)),
]

const hasTag = ({ tags }: Item, tag: string): boolean =>
  tags.some((mediaTag) => mediaTag.toLowerCase() === tag.toLowerCase())

interface FieldModel<Value> {
  matches(item: Item, value: Value, library: LibraryModel): boolean
  /** Values to search with; most of them occur in the library. */
  values(library: LibraryModel): fc.Arbitrary<Value>
  /** Values that exclude no media at `modelNow`, and values that exclude some. Absent and null never exclude any. */
  keepsAll: Value[]
  excludesSome: Value[]
}

/** Time by which `keepsAll` and `excludesSome` hold. */
export const modelNow = new Date('2026-11-25T12:00:00Z')

const itemOf = <One>(list: readonly One[]): fc.Arbitrary<One> => fc.constantFrom(...list)

const durationsOf = ({ media }: LibraryModel): fc.Arbitrary<number> =>
  itemOf(media).map(({ currentVersion: { durationSeconds } }) => durationSeconds ?? 0)

/** Every field of a media filter, in plain words. */
export const filterModel: { [Field in keyof Filter]-?: FieldModel<NonNullable<Filter[Field]>> } = {
  search: {
    matches({ title, fileName, tags }, search) {
      const words = wordsOf([title, fileName, ...tags].join(' '))
      return wordsOf(search).every((prefix) => words.some((word) => word.startsWith(prefix)))
    },
    values: () => fc.constantFrom('cell', 'torts', 'week', 'poster 4', 'webp', 'exam', 'nowhere', ' '),
    keepsAll: ['', '  '],
    excludesSome: ['a', '!'],
  },
  kinds: {
    matches: ({ kind }, kinds) => kinds.includes(kind),
    values: () => fc.subarray(Object.values(MediaKind)),
    keepsAll: [[], Object.values(MediaKind)],
    excludesSome: [['VIDEO'], ['VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT']],
  },
  mimeType: {
    matches: ({ mimeType }, value) => mimeType === value.toLowerCase(),
    values: () => fc.constantFrom('video/mp4', 'application/pdf', 'IMAGE/PNG', 'text/html'),
    keepsAll: [],
    excludesSome: ['video/mp4'],
  },
  statuses: {
    matches: ({ status }, statuses) => statuses.includes(status),
    values: () => fc.subarray(Object.values(MediaStatus)),
    keepsAll: [[], Object.values(MediaStatus)],
    excludesSome: [['FAILED'], ['READY', 'FAILED']],
  },
  renditionStatuses: {
    matches: ({ currentVersion }, statuses) =>
      currentVersion.renditions.some(({ status }) => statuses.includes(status)),
    values: () => fc.subarray(Object.values(RenditionStatus)),
    keepsAll: [[]],
    excludesSome: [['READY'], Object.values(RenditionStatus)],
  },
  tagsAll: {
    matches: (item, tags) => tags.every((tag) => hasTag(item, tag)),
    values: () => fc.subarray(['BIOLOGY', 'week-7', 'lecture', 'Law'], { maxLength: 2 }),
    keepsAll: [[]],
    excludesSome: [['a']],
  },
  tagsAny: {
    matches: (item, tags) => tags.some((tag) => hasTag(item, tag)),
    values: () => fc.subarray(['biology', 'Week-7', 'PODCAST', 'law', 'nothing']),
    keepsAll: [[]],
    excludesSome: [['a']],
  },
  folderId: {
    matches: ({ folderId }, id) => `Folder:${folderId}` === id,
    values: ({ media, folders }) =>
      fc.tuple(itemOf(media), itemOf(folders)).map(([{ folderId }, { id }]) => `Folder:${folderId ?? id}`),
    keepsAll: [],
    excludesSome: [`Folder:${unknownUuid}`],
  },
  atRoot: {
    matches: ({ folderId }, atRoot) => !atRoot || folderId === null,
    values: () => fc.boolean(),
    keepsAll: [false],
    excludesSome: [true],
  },
  inFolder: {
    matches: ({ folderId }, id, { folders }) =>
      listSubtree(folders, uuidOf(id)).some((treeFolderId) => treeFolderId === folderId),
    values: ({ folders }) => itemOf(folders).map(({ id }) => `Folder:${id}`),
    keepsAll: [],
    excludesSome: [`Folder:${unknownUuid}`],
  },
  ids: {
    matches: ({ id }, ids) => ids.includes(`Media:${id}`),
    values: ({ media }) => fc.subarray(media.slice(0, 200).map(({ id }) => `Media:${id}`)),
    keepsAll: [[]],
    excludesSome: [[`Media:${unknownUuid}`]],
  },
  externalId: {
    matches: ({ externalId }, id) => externalId === id,
    values: ({ media }) => fc.integer({ min: 1, max: media.length }).map((number) => `asset-${number}`),
    keepsAll: [],
    excludesSome: ['1'],
  },
  usedIn: {
    matches({ usages }, ref, library) {
      const root = library.resources.find(
        ({ source, type, externalId }) =>
          source === (ref.source ?? 'default') && type === ref.type && externalId === ref.externalId,
      )
      const resourceIds = root === undefined ? [] : listSubtree(library.resources, root.id)
      return usages.some(({ resourceId }) => resourceIds.includes(resourceId))
    },
    values: ({ resources }) => itemOf(resources).map(({ source, type, externalId }) => ({ source, type, externalId })),
    keepsAll: [],
    excludesSome: [{ type: 'course', externalId: '1' }],
  },
  assignedToId: {
    matches: ({ assignments }, id) => assignments.some(({ userId }) => `User:${userId}` === id),
    values({ media, userIds }) {
      const assignedIds = media.flatMap(({ assignments }) => assignments.map(({ userId }) => userId))
      return itemOf([...assignedIds, ...userIds.slice(0, 5)]).map((id) => `User:${id}`)
    },
    keepsAll: [],
    excludesSome: [`User:${unknownUuid}`],
  },
  used: {
    matches: ({ usages }, used) => usages.length > 0 === used,
    values: () => fc.boolean(),
    keepsAll: [],
    excludesSome: [true, false],
  },
  unusedForDays: {
    matches: ({ unusedSince }, days, { now }) =>
      unusedSince !== null && now.getTime() - unusedSince.getTime() >= days * dayMs,
    values: () => fc.nat(1500),
    keepsAll: [],
    excludesSome: [0, 30],
  },
  uploadedById: {
    matches: ({ uploadedById }, id) => `User:${uploadedById}` === id,
    values: ({ media }) => itemOf(media).map(({ uploadedById }) => `User:${uploadedById}`),
    keepsAll: [],
    excludesSome: [`User:${unknownUuid}`],
  },
  uploadedAfter: {
    matches: ({ uploadedAt }, time) => uploadedAt >= new Date(time),
    values: ({ media }) => itemOf(media).map(({ uploadedAt }) => uploadedAt.toISOString()),
    keepsAll: ['1970-01-01T00:00:00Z', '0001-06-01T00:00:00Z'],
    excludesSome: ['2020-01-01T00:00:00Z', modelNow.toISOString()],
  },
  uploadedBefore: {
    matches: ({ uploadedAt }, time) => uploadedAt < new Date(time),
    values: ({ media }) => itemOf(media).map(({ uploadedAt }) => uploadedAt.toISOString()),
    keepsAll: ['2026-11-26T00:00:00Z', '9999-01-01T00:00:00Z'],
    excludesSome: [modelNow.toISOString(), '2020-01-01T00:00:00Z'],
  },
  minSizeBytes: {
    matches: ({ sizeBytes }, minBytes) => sizeBytes >= minBytes,
    values: ({ media }) => itemOf(media).map(({ sizeBytes }) => Number(sizeBytes)),
    keepsAll: [0, -5, 1],
    excludesSome: [2, 1_000_000],
  },
  maxSizeBytes: {
    matches: ({ sizeBytes }, maxBytes) => sizeBytes <= maxBytes,
    values: ({ media }) => itemOf(media).map(({ sizeBytes }) => Number(sizeBytes)),
    keepsAll: [Number.MAX_SAFE_INTEGER],
    excludesSome: [0, 1_000_000],
  },
  hasAltText: {
    matches: ({ altText }, hasAltText) => (altText !== null) === hasAltText,
    values: () => fc.boolean(),
    keepsAll: [],
    excludesSome: [true, false],
  },
  minDurationSeconds: {
    matches: ({ currentVersion: { durationSeconds } }, min) => durationSeconds !== null && durationSeconds >= min,
    values: durationsOf,
    keepsAll: [],
    excludesSome: [0, 60.5],
  },
  maxDurationSeconds: {
    matches: ({ currentVersion: { durationSeconds } }, max) => durationSeconds !== null && durationSeconds <= max,
    values: durationsOf,
    keepsAll: [],
    excludesSome: [0, 1e300],
  },
  deletedById: {
    matches: ({ deletedById }, id) => `User:${deletedById}` === id,
    values: ({ media, userIds }) =>
      itemOf(media).map(({ deletedById }) => `User:${deletedById ?? userIds[0] ?? unknownUuid}`),
    keepsAll: [],
    excludesSome: [`User:${unknownUuid}`],
  },
  sha256: {
    matches: ({ sha256 }, value) => sha256 === value.toLowerCase(),
    values: ({ media }) => itemOf(media).map(({ sha256 }) => sha256.toUpperCase()),
    keepsAll: [],
    excludesSome: ['ab'.repeat(32)],
  },
  trashed: {
    matches: () => true, // `matches` below compares it, since it also applies when it is absent
    values: () => fc.boolean(),
    keepsAll: [true, false],
    excludesSome: [],
  },
}

export const filterFieldNames = Object.keys(filterModel) as (keyof Filter)[] // the model's own keys

/** Whether no field contradicts another: a call with such a filter is refused. */
export const isConsistent = ({ atRoot, folderId, inFolder, minDurationSeconds, maxDurationSeconds }: Filter): boolean =>
  !(atRoot && (folderId ?? inFolder)) && (minDurationSeconds ?? 0) <= (maxDurationSeconds ?? Number.POSITIVE_INFINITY)

/** Every order but RELEVANCE. */
export const libraryOrders = [
  'UPLOADED_AT',
  'UPDATED_AT',
  'FILE_NAME',
  'TITLE',
  'SIZE',
  'DURATION',
  'USAGE_COUNT',
  'DELETED_AT',
  'PURGE_AT',
] as const

const matches = (item: Item, filter: Filter, library: LibraryModel): boolean =>
  (item.deletedAt !== null) === (filter.trashed ?? false) &&
  filterFieldNames.every((field) => {
    const value = filter[field]
    // TypeScript does not see that model and value belong to the same field.
    return value == null || (filterModel[field] as FieldModel<unknown>).matches(item, value, library)
  })

const compareNames = new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare

/** Keys of the orders by value; a missing value sorts before all others. */
const sortKeys: { [By in Order['by']]?: (item: Item) => Date | bigint | number } = {
  UPLOADED_AT: ({ uploadedAt }) => uploadedAt,
  UPDATED_AT: ({ updatedAt }) => updatedAt,
  SIZE: ({ sizeBytes }) => sizeBytes,
  DURATION: ({ currentVersion }) => currentVersion.durationSeconds ?? -1,
  USAGE_COUNT: ({ usageCount }) => usageCount,
  DELETED_AT: ({ deletedAt }) => deletedAt ?? 0,
  PURGE_AT: ({ purgeAt }) => purgeAt ?? 0,
}

/** Texts of the orders by name. */
const nameOf = ({ fileName, title }: Item, by: Order['by']): string | null => {
  if (by === 'FILE_NAME') return fileName
  return by === 'TITLE' ? title : null
}

/** Primary keys of the media that match a filter, in order. */
export const findExpectedIds = (library: LibraryModel, filter: Filter, { by, direction }: Order): string[] => {
  const sign = direction === 'ASC' ? 1 : -1
  const compare = (left: Item, right: Item): number => {
    const [leftName, rightName] = [nameOf(left, by), nameOf(right, by)]
    const nameOrder = leftName === null || rightName === null ? 0 : compareNames(leftName, rightName)
    if (nameOrder !== 0) return sign * nameOrder
    const [a, b] = [sortKeys[by]?.(left) ?? 0, sortKeys[by]?.(right) ?? 0]
    if (a < b || (a.valueOf() === b.valueOf() && left.id < right.id)) return -sign
    return sign
  }
  return library.media
    .filter((item) => matches(item, filter, library))
    .toSorted(compare)
    .map(({ id }) => id)
}
