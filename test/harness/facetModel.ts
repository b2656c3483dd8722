import type { MediaListQueryVariables } from '../../client/generated/documents.ts'
import { findExpectedIds, type LibraryModel } from './libraryModel.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

const order = { by: 'UPLOADED_AT', direction: 'DESC' } as const

/** Numbers of media by the values of each dimension, found by looking at every media; values as text. */
export const countFacets = (library: LibraryModel, filter: Filter) => {
  const mediaById = new Map(library.media.map((media) => [media.id, media]))
  const matching = (own: Filter) =>
    findExpectedIds(library, { ...filter, ...own }, order).flatMap((id) => mediaById.get(id) ?? [])

  type Item = ReturnType<typeof matching>[number]
  const countBy = (own: Filter, valuesOf: (media: Item) => (string | null)[]): Map<string, number> => {
    const values = matching(own).flatMap(valuesOf)
    return new Map([...Map.groupBy(values, String)].map(([value, group]) => [value, group.length]))
  }
  const courses = library.resources
    .filter(({ type, deletedAt }) => type === 'course' && deletedAt === null)
    .map(({ id, source, type, externalId }) => [id, matching({ usedIn: { source, type, externalId } }).length] as const)

  return {
    totalCount: matching({}).length,
    kinds: countBy({ kinds: null }, ({ kind }) => [kind]),
    statuses: countBy({ statuses: null }, ({ status }) => [status]),
    tags: countBy({ tagsAll: null, tagsAny: null }, ({ tags }) => tags.map((tag) => tag.toLowerCase())),
    folders: countBy({ folderId: null, atRoot: null, inFolder: null }, ({ folderId }) => [folderId]),
    courses: new Map(courses.filter(([, count]) => count > 0)),
    uploaders: countBy({ uploadedById: null }, ({ uploadedById }) => (uploadedById === null ? [] : [uploadedById])),
    months: countBy({ uploadedAfter: null, uploadedBefore: null }, ({ uploadedAt }) => [
      new Date(Date.UTC(uploadedAt.getUTCFullYear(), uploadedAt.getUTCMonth())).toISOString(),
    ]),
  }
}
