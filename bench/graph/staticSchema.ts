import SchemaBuilder from '@pothos/core'
import { DateTimeResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars'
import type { Event, Media, MediaList, Nodes, Rendition, Resource, Usage, Version } from './staticTypes.ts'

interface Types {
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    SafeInt: { Input: number; Output: number }
    JSON: { Input: unknown; Output: unknown }
  }
}

const options = { defaultFieldNullability: false } as const
const builder = new SchemaBuilder<Types>(
  options as unknown as ConstructorParameters<typeof SchemaBuilder<Types>>[0], // as: it requires options of plugins that only the product uses
)

builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('SafeInt', SafeIntResolver)
builder.addScalarType('JSON', JSONResolver)
const Kind = builder.enumType('MediaKind', { values: ['VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT', 'OTHER'] })
const Status = builder.enumType('MediaStatus', { values: ['PROCESSING', 'READY', 'FAILED'] })
const Profile = builder.enumType('RenditionProfile', { values: ['THUMBNAIL', 'GIF', 'WEBM'] })
const RenditionStatus = builder.enumType('RenditionStatus', {
  values: ['QUEUED', 'PROCESSING', 'READY', 'FAILED', 'CANCELLED'],
})

const RenditionType = builder.objectRef<Rendition>('Rendition').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    profile: t.field({ type: Profile, resolve: ({ profile }) => profile as 'WEBM' }), // as: an enum's member
    status: t.field({ type: RenditionStatus, resolve: ({ status }) => status as 'READY' }), // as: an enum's member
    percent: t.exposeFloat('percent'),
    mimeType: t.exposeString('mimeType', { nullable: true }),
    sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', nullable: true }),
    width: t.exposeInt('width', { nullable: true }),
    height: t.exposeInt('height', { nullable: true }),
  }),
})

const VersionType = builder.objectRef<Version>('MediaVersion').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    number: t.exposeInt('number'),
    status: t.field({ type: Status, resolve: ({ status }) => status as 'READY' }), // as: an enum's member
    sizeBytes: t.expose('sizeBytes', { type: 'SafeInt' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    renditions: t.expose('renditions', { type: [RenditionType] }),
  }),
})

const ResourceType = builder.objectRef<Resource>('Resource').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    type: t.exposeString('type'),
    externalId: t.exposeString('externalId'),
    title: t.exposeString('title', { nullable: true }),
  }),
})

const UsageType = builder.objectRef<Usage>('MediaUsage').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    linkedAt: t.expose('linkedAt', { type: 'DateTime' }),
    resource: t.expose('resource', { type: ResourceType }),
  }),
})

const EventType = builder.objectRef<Event>('Event').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action'),
    data: t.expose('data', { type: 'JSON' }),
  }),
})

const Usages = builder.objectRef<Nodes<Usage>>('MediaUsageConnection').implement({
  fields: (t) => ({ nodes: t.expose('nodes', { type: [UsageType] }) }),
})
const Events = builder.objectRef<Nodes<Event>>('EventConnection').implement({
  fields: (t) => ({ nodes: t.expose('nodes', { type: [EventType] }) }),
})
const Versions = builder.objectRef<Nodes<Version>>('MediaVersionConnection').implement({
  fields: (t) => ({ nodes: t.expose('nodes', { type: [VersionType] }) }),
})

const MediaType = builder.objectRef<Media>('Media').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    fileName: t.exposeString('fileName'),
    kind: t.field({ type: Kind, resolve: ({ kind }) => kind as 'VIDEO' }), // as: an enum's member
    status: t.field({ type: Status, resolve: ({ status }) => status as 'READY' }), // as: an enum's member
    mimeType: t.exposeString('mimeType'),
    sizeBytes: t.expose('sizeBytes', { type: 'SafeInt' }),
    uploadedAt: t.expose('uploadedAt', { type: 'DateTime' }),
    tags: t.exposeStringList('tags'),
    usageCount: t.exposeInt('usageCount'),
    usages: t.expose('usages', { type: Usages, args: { first: t.arg.int() } }),
    history: t.expose('history', { type: Events, args: { first: t.arg.int() } }),
    versions: t.expose('versions', { type: Versions, args: { first: t.arg.int() } }),
    renditions: t.expose('renditions', { type: [RenditionType] }),
  }),
})

const Edge = builder.objectRef<MediaList['edges'][number]>('MediaEdge').implement({
  fields: (t) => ({ node: t.expose('node', { type: MediaType }) }),
})
const PageInfo = builder.objectRef<MediaList['pageInfo']>('PageInfo').implement({
  fields: (t) => ({ hasNextPage: t.exposeBoolean('hasNextPage') }),
})
const MediaListType = builder.objectRef<MediaList>('MediaConnection').implement({
  fields: (t) => ({
    edges: t.expose('edges', { type: [Edge] }),
    pageInfo: t.expose('pageInfo', { type: PageInfo }),
  }),
})

/** Builds the part of the schema that the documents use, over data that is in memory: nothing else is left to do. */
export const createStaticSchema = (media: ReadonlyMap<string, Media>, lists: ReadonlyMap<number, MediaList>) => {
  builder.queryType({
    fields: (t) => ({
      media: t.field({
        type: MediaType,
        nullable: true,
        args: { id: t.arg.id({ required: true }) },
        resolve: (_root, { id }) => media.get(String(id)),
      }),
      mediaList: t.field({
        type: MediaListType,
        nullable: true,
        args: { first: t.arg.int({ required: true }) },
        resolve: (_root, { first }) => lists.get(first),
      }),
    }),
  })
  return builder.toSchema()
}
