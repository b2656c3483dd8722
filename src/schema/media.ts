import { MediaStatus } from '../../prisma/generated/client/enums.ts'
import { parseFailure } from '../services/kernel/failure.ts'
import { versionsConnection, versionsPage } from '../services/media/media.ts'
import { builder } from './builder.ts'
import { pageCost, renditionsCost } from './cost.ts'
import { MediaKindEnum, MediaStatusEnum, RenditionProfileEnum } from './enums.ts'
import { EventConnection, EventType } from './event.ts'
import { FailureType } from './failure.ts'
import { selectNestedRows } from './nested.ts'
import { RenditionType } from './rendition.ts'
import { expiresInSecondsArg, renditionsQuery, thumbnailUrl } from './url.ts'
import { MediaVersionConnection, MediaVersionType } from './version.ts'

/** What followers change while they show it is always loaded with its id and revision. */
const liveVersionSelect = {
  currentVersion: { select: { id: true, number: true, revision: true, status: true, failure: true } },
} as const

/**
 * Only a media's first version is current before it is found usable. A later one is READY from the moment it is current,
 * also where an event that came before the switch is shown with what was loaded after it.
 */
const displayedStateOf = <Version extends { number: number; status: MediaStatus; failure: unknown }>(
  version: Version,
) => (version.number === 1 ? version : { status: MediaStatus.READY, failure: null })

export const MediaType = builder.prismaNode('Media', {
  id: { field: 'id' },
  nullable: true,
  description: 'One library item. Its id is stable for life; its bytes change only by switching `currentVersion`.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: "The caller's own key for it, unique in the library.",
    }),
    title: t.exposeString('title'),
    fileName: t.exposeString('fileName'),
    originalFileName: t.exposeString('originalFileName', { description: 'As it was when the file was uploaded.' }),
    description: t.exposeString('description', { nullable: true }),
    altText: t.exposeString('altText', { nullable: true, description: 'What it shows, for those who cannot see it.' }),
    kind: t.expose('kind', { type: MediaKindEnum }),
    mimeType: t.exposeString('mimeType', { description: 'Read from the bytes, not from the name.' }),
    sizeBytes: t.field({ type: 'SafeInt', resolve: ({ sizeBytes }) => Number(sizeBytes) }),
    sha256: t.exposeString('sha256', {
      description: "Lower-case hex SHA-256 of the current version's original bytes.",
    }),
    durationSeconds: t.float({
      nullable: true,
      select: { currentVersion: { select: { durationSeconds: true } } },
      resolve: ({ currentVersion }) => currentVersion.durationSeconds,
    }),
    width: t.int({
      nullable: true,
      description: 'In pixels, as displayed.',
      select: { currentVersion: { select: { width: true } } },
      resolve: ({ currentVersion }) => currentVersion.width,
    }),
    height: t.int({
      nullable: true,
      description: 'In pixels, as displayed.',
      select: { currentVersion: { select: { height: true } } },
      resolve: ({ currentVersion }) => currentVersion.height,
    }),
    status: t.field({
      type: MediaStatusEnum,
      select: liveVersionSelect,
      resolve: ({ currentVersion }) => displayedStateOf(currentVersion).status,
    }),
    failure: t.field({
      type: FailureType,
      nullable: true,
      select: liveVersionSelect,
      resolve: ({ currentVersion }) => parseFailure(displayedStateOf(currentVersion).failure),
    }),
    tags: t.exposeStringList('tags'),
    folder: t.relation('folder', { nullable: true, description: 'Null at the root.' }),
    uploadedAt: t.expose('uploadedAt', { type: 'DateTime' }),
    uploadedBy: t.relation('uploadedBy', { nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    currentVersion: t.relation('currentVersion'),
    versions: t.connection(
      {
        type: MediaVersionType,
        description: 'Newest first.',
        complexity: pageCost,
        select: (args, _context, nestedSelection) => {
          const { where, orderBy, take } = versionsPage(args).query
          return {
            versions: {
              ...selectNestedRows(nestedSelection, 'MediaVersion', { id: true, number: true }),
              where,
              orderBy,
              take,
            },
          }
        },
        resolve: (media, args, { loaders }) =>
          versionsConnection(args, media.versions, () => loaders.versionCount.load(media.id)),
      },
      MediaVersionConnection,
    ),
    renditions: t.field({
      type: [RenditionType],
      description: 'Of the current version.',
      complexity: renditionsCost,
      select: (_args, _context, nestedSelection) => ({
        currentVersion: { select: { renditions: nestedSelection(renditionsQuery) } },
      }),
      resolve: ({ currentVersion }) => currentVersion.renditions,
    }),
    url: t.string({
      description:
        'Of the current original. Signed, expiring, answers Range requests; the same text for at least half of its lifetime, so that players and caches keep it.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      resolve: ({ currentVersionId: id, originalFileName: fileName }, args, { services }) =>
        services.signedUrls.url({ type: 'version', id, fileName }, args.expiresInSeconds ?? undefined),
    }),
    thumbnailUrl: t.string({
      nullable: true,
      description: 'Null until there is a thumbnail.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { currentVersion: { select: { originalFileName: true, renditions: renditionsQuery } } },
      resolve: ({ currentVersion }, args, { services }) =>
        thumbnailUrl(services.signedUrls, currentVersion, args.expiresInSeconds),
    }),
    history: t.connection(
      {
        type: EventType,
        description: 'What happened to it, newest first. For editors and admins.',
        complexity: pageCost,
        resolve: ({ id }, args, { loaders }) => loaders.history(args).load(id),
      },
      EventConnection,
    ),
  }),
})

builder.prismaObjectField(MediaType, 'duplicates', (t) =>
  t.loadableList({
    type: MediaType,
    description: 'Other media whose current version holds the same bytes; at most 100.',
    complexity: { field: 1, multiplier: 100 },
    load: (keys: { id: string; sha256: string }[], { services }) => services.media.duplicatesOf(keys),
    loaderOptions: { cacheKeyFn: ({ id }: { id: string }) => id },
    resolve: ({ id, sha256 }) => ({ id, sha256 }),
  }),
)

export const MediaConnection = builder.connectionObject(
  { type: MediaType, name: 'MediaConnection' },
  { name: 'MediaEdge' },
)

export const MediaUpdateInput = builder.inputType('MediaUpdateInput', {
  description: 'An absent field stays, an explicit null clears.',
  fields: (t) => ({
    id: t.id(),
    externalId: t.string({ required: false, description: 'Unique in the library.' }),
    title: t.string({ required: false, description: 'Cannot be cleared.' }),
    fileName: t.string({ required: false, description: 'Cannot be cleared.' }),
    description: t.string({ required: false, description: 'At most 10,000 characters.' }),
    altText: t.string({ required: false, description: 'At most 1,000 characters.' }),
    tags: t.stringList({
      required: false,
      description: 'All of them: at most 50 of 64 characters; case does not tell them apart.',
    }),
    folderId: t.id({ required: false, description: 'Null: to the root.' }),
  }),
})

export const MediaConvertInput = builder.inputType('MediaConvertInput', {
  fields: (t) => ({
    mediaId: t.id(),
    profiles: t.field({ type: [RenditionProfileEnum], description: 'What is there already, or on its way, stays.' }),
  }),
})
