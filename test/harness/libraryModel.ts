import type { MediaListQueryVariables } from '../../client/generated/documents.ts'
import type { Database } from '../../src/services/kernel/ports.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>
type Order = NonNullable<MediaListQueryVariables['order']>

const include = {
  currentVersion: { select: { renditions: { select: { status: true } } } },
  usages: { select: { resourceId: true } },
} as const

/** The whole library in memory, to find in it the plain way. */
export const readLibraryModel = async (database: Database) => ({
  media: await database.media.findMany({ include }),
  resources: await database.resource.findMany(),
  folderIds: (await database.folder.findMany({ select: { id: true } })).map(({ id }) => id),
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

/** The ids of the resource and of all below it. */
const listSubtree = ({ resources }: LibraryModel, ref: NonNullable<Filter['usedIn']>): Set<string> => {
  const ids = new Set<string>()
  const add = (id: string): void => {
    ids.add(id)
    for (const child of resources.filter(({ parentId }) => parentId === id)) add(child.id)
  }
  for (const { id, source, type, externalId } of resources)
    if (source === (ref.source ?? 'default') && type === ref.type && externalId === ref.externalId) add(id)
  return ids
}

const matchers: {
  [Field in keyof Filter]-?: (item: Item, value: NonNullable<Filter[Field]>, library: LibraryModel) => boolean
} = {
  search: ({ title, fileName, tags }, search) => {
    const words = wordsOf([title, fileName, ...tags].join(' '))
    return wordsOf(search).every((prefix) => words.some((word) => word.startsWith(prefix)))
  },
  kinds: ({ kind }, kinds) => kinds.includes(kind),
  mimeType: ({ mimeType }, value) => mimeType === value.toLowerCase(),
  statuses: ({ status }, statuses) => statuses.includes(status),
  renditionStatuses: ({ currentVersion }, statuses) =>
    currentVersion.renditions.some(({ status }) => statuses.includes(status)),
  tagsAll: ({ tags }, value) =>
    value.every((tag) => tags.some((mediaTag) => mediaTag.toLowerCase() === tag.toLowerCase())),
  tagsAny: ({ tags }, value) =>
    value.some((tag) => tags.some((mediaTag) => mediaTag.toLowerCase() === tag.toLowerCase())),
  folderId: ({ folderId }, id) => `Folder:${folderId}` === id,
  externalId: ({ externalId }, id) => externalId === id,
  usedIn: ({ usages }, ref, library) => {
    const resourceIds = listSubtree(library, ref)
    return usages.some(({ resourceId }) => resourceIds.has(resourceId))
  },
  used: ({ usages }, used) => usages.length > 0 === used,
  unusedForDays: ({ unusedSince }, days, { now }) =>
    unusedSince !== null && now.getTime() - unusedSince.getTime() >= days * dayMs,
  uploadedById: ({ uploadedById }, id) => `User:${uploadedById}` === id,
  uploadedAfter: ({ uploadedAt }, time) => uploadedAt >= new Date(time),
  uploadedBefore: ({ uploadedAt }, time) => uploadedAt < new Date(time),
  minSizeBytes: ({ sizeBytes }, minBytes) => sizeBytes >= minBytes,
  maxSizeBytes: ({ sizeBytes }, maxBytes) => sizeBytes <= maxBytes,
  sha256: ({ sha256 }, value) => sha256 === value.toLowerCase(),
  trashed: () => true,
}

const matches = (item: Item, filter: Filter, library: LibraryModel): boolean =>
  (item.deletedAt !== null) === (filter.trashed ?? false) &&
  (Object.keys(matchers) as (keyof Filter)[]).every((field) => {
    const value = filter[field]
    // TypeScript does not see that test and value belong to the same field.
    return value == null || (matchers[field] as (...args: unknown[]) => boolean)(item, value, library)
  })

const sortKeyOf = (item: Item, by: Order['by']): Date | bigint | number | string => {
  if (by === 'UPDATED_AT') return item.updatedAt
  if (by === 'FILE_NAME') return item.fileName.toLowerCase()
  if (by === 'SIZE') return item.sizeBytes
  if (by === 'USAGE_COUNT') return item.usageCount
  return item.uploadedAt
}

/** Primary keys of what a filter asks for, in order. */
export const findExpectedIds = (library: LibraryModel, filter: Filter, { by, direction }: Order): string[] => {
  const sign = direction === 'ASC' ? 1 : -1
  const compare = (left: Item, right: Item): number => {
    const [a, b] = [sortKeyOf(left, by), sortKeyOf(right, by)]
    if (a < b || (a.valueOf() === b.valueOf() && left.id < right.id)) return -sign
    return sign
  }
  return library.media
    .filter((item) => matches(item, filter, library))
    .toSorted(compare)
    .map(({ id }) => id)
}
