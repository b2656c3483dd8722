import type { MediaFacets } from '../services/facet/facets.ts'
import { builder } from './builder.ts'
import { MediaKindEnum, MediaStatusEnum } from './enums.ts'
import { FolderType } from './folder.ts'
import { ResourceType } from './resource.ts'
import { UserType } from './user.ts'

type CountOf<Facet extends 'kinds' | 'statuses' | 'folders' | 'courses' | 'uploaders' | 'months'> = Awaited<
  ReturnType<MediaFacets[Facet]>
>[number]

export const KindFacetType = builder.objectRef<CountOf<'kinds'>>('KindFacet').implement({
  description: 'Number of media of one kind.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MediaKindEnum, description: 'Kind of these media.' }),
    count: t.exposeInt('count', { description: 'Number of media of this kind, at least 1.' }),
  }),
})

export const StatusFacetType = builder.objectRef<CountOf<'statuses'>>('StatusFacet').implement({
  description: 'Number of media with one status.',
  fields: (t) => ({
    status: t.expose('status', { type: MediaStatusEnum, description: 'Status of these media.' }),
    count: t.exposeInt('count', { description: 'Number of media with this status, at least 1.' }),
  }),
})

export const FolderFacetType = builder.objectRef<CountOf<'folders'>>('FolderFacet').implement({
  description: 'Number of media directly in one folder, without its subfolders.',
  fields: (t) => ({
    folder: t.expose('folder', {
      type: FolderType,
      nullable: true,
      description: 'Folder that holds these media; null for the root, which holds the media without a folder.',
    }),
    count: t.exposeInt('count', { description: 'Number of media directly in this folder, at least 1.' }),
  }),
})

export const ResourceFacetType = builder.objectRef<CountOf<'courses'>>('ResourceFacet').implement({
  description: 'Number of media that one resource shows.',
  fields: (t) => ({
    resource: t.expose('resource', { type: ResourceType, description: 'Resource that shows these media.' }),
    count: t.exposeInt('count', {
      description: 'Number of distinct media that the resource and all resources below it show, at least 1.',
    }),
  }),
})

export const UserFacetType = builder.objectRef<CountOf<'uploaders'>>('UserFacet').implement({
  description: 'Number of media of one uploader.',
  fields: (t) => ({
    user: t.expose('user', { type: UserType, description: 'User who uploaded these media.' }),
    count: t.exposeInt('count', { description: 'Number of media that this user uploaded, at least 1.' }),
  }),
})

export const MonthFacetType = builder.objectRef<CountOf<'months'>>('MonthFacet').implement({
  description: 'Number of media that were uploaded in one month.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'First instant of the month in UTC.' }),
    count: t.exposeInt('count', { description: 'Number of media that were uploaded in this month, at least 1.' }),
  }),
})
