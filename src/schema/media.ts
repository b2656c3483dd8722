import type { Event } from '../../prisma/generated/client/client.ts'
import { parseFailure } from '../services/kernel/failure.ts'
import { versionsConnection, versionsPage } from '../services/media/versionPage.ts'
import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'
import { pageCost, renditionsCost } from './cost.ts'
import { MediaKindEnum, MediaStatusEnum, RenditionProfileEnum, ThumbnailWidthEnum } from './enums.ts'
import { EventConnection, EventType } from './event.ts'
import { FailureType } from './failure.ts'
import { selectNestedRows } from './nested.ts'
import { RenditionType } from './rendition.ts'
import {
  expiresInSecondsArg,
  renditionsQuery,
  thumbnailSelect,
  thumbnailsSelect,
  thumbnailUrl,
  thumbnailUrlOf,
} from './url.ts'
import { MediaVersionConnection, MediaVersionType } from './version.ts'

/** Log rows that the statement of the media has loaded; undefined if it has not. */
const historyOf = (media: object): Event[] | undefined => (media as { history?: Event[] }).history // as: see the selection

export const MediaType = builder.prismaNode('Media', {
  id: { field: 'id', description: 'Global id, written `Media:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'A library item. Its id never changes; its bytes change only when `currentVersion` switches to another version.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'Key of the media in an external system, unique in the library; null if none was set.',
    }),
    title: t.exposeString('title', { description: 'Title for people. The default is the name of the uploaded file.' }),
    fileName: t.exposeString('fileName', {
      description: 'Editable file name in the library. Downloads are saved under `originalFileName`.',
    }),
    originalFileName: t.exposeString('originalFileName', {
      description: 'File name of the current version, as it was when the file was uploaded.',
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Description for people; null if none was set.',
    }),
    altText: t.exposeString('altText', {
      nullable: true,
      description: 'Text alternative for people who cannot see the media; null if none was set.',
    }),
    kind: t.expose('kind', { type: MediaKindEnum, description: 'Kind of the current version.' }),
    mimeType: t.exposeString('mimeType', {
      description: 'MIME type of the current version, detected from its bytes and not from its name.',
    }),
    sizeBytes: t.field({
      type: 'SafeInt',
      description: 'Size of the original of the current version in bytes.',
      select: { sizeBytes: true },
      resolve: ({ sizeBytes }) => Number(sizeBytes),
    }),
    sha256: t.exposeString('sha256', {
      description: 'SHA-256 of the original of the current version, 64 lower-case hexadecimal digits.',
    }),
    durationSeconds: t.float({
      nullable: true,
      description: 'Duration in seconds; null for files without one and until the bytes have been examined.',
      select: { currentVersion: { select: { durationSeconds: true } } },
      resolve: ({ currentVersion }) => currentVersion.durationSeconds,
    }),
    width: t.int({
      nullable: true,
      description:
        'Width in pixels as displayed, after rotation; null for files without a picture and until the bytes have been examined.',
      select: { currentVersion: { select: { width: true } } },
      resolve: ({ currentVersion }) => currentVersion.width,
    }),
    height: t.int({
      nullable: true,
      description:
        'Height in pixels as displayed, after rotation; null for files without a picture and until the bytes have been examined.',
      select: { currentVersion: { select: { height: true } } },
      resolve: ({ currentVersion }) => currentVersion.height,
    }),
    status: t.expose('status', {
      type: MediaStatusEnum,
      description:
        'Whether the bytes of the current version can be shown. A replacement changes it only once it is current.',
    }),
    failure: t.field({
      type: FailureType,
      nullable: true,
      description: 'Why the current version cannot be used; null unless `status` is FAILED.',
      // Live subscriptions overwrite the failure of the version with this id.
      select: { currentVersion: { select: { id: true, number: true, failure: true } } },
      resolve: ({ currentVersion: { number, failure } }) => parseFailure(number === 1 ? failure : null),
    }),
    tags: t.exposeStringList('tags', {
      description:
        'Tags of the media: at most 50 of up to 64 characters each. Upper and lower case make no difference.',
    }),
    folder: t.relation('folder', { nullable: true, description: 'Folder that holds the media; null at the root.' }),
    uploadedAt: t.expose('uploadedAt', {
      type: 'DateTime',
      description: 'Time at which the first version had arrived completely.',
    }),
    uploadedBy: t.relation('uploadedBy', {
      nullable: true,
      description: 'User who uploaded the first version and owns the media; null if unknown.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description:
        'Time of the last change of the media: of its texts, names, tags, folder or external id, of its current version, or of `status`, `kind` or `mimeType`. It grows with each such change, even within one millisecond. Linking, assigning, deleting and restoring the media, its renditions, and versions that are not current do not count.',
    }),
    currentVersion: t.relation('currentVersion', { description: 'Version whose bytes the media shows.' }),
    versions: t.connection(
      {
        type: MediaVersionType,
        description: 'All versions, highest number first, including failed and staged ones.',
        complexity: pageCost,
        select: (args, _context, nestedSelection) => ({
          versions: {
            ...selectNestedRows(nestedSelection, 'MediaVersion', { id: true, number: true }),
            ...versionsPage(args),
          },
        }),
        resolve: (media, args, { loaders }) =>
          versionsConnection(args, media.versions, () => loaders.versionCount.load(media.id)),
      },
      MediaVersionConnection,
    ),
    renditions: t.field({
      type: [RenditionType],
      description: 'Renditions of the current version, sorted by profile. Empty until the bytes have been examined.',
      complexity: renditionsCost,
      select: (_args, _context, nestedSelection) => ({
        currentVersion: { select: { renditions: nestedSelection(renditionsQuery) } },
      }),
      resolve: ({ currentVersion }) => currentVersion.renditions,
    }),
    url: t.string({
      description:
        'Signed, expiring URL of the original of the current version. It answers Range requests. Its text stays the same for at least half of its lifetime, so that players and caches can reuse it. A new version has a new URL.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { currentVersionId: true, originalFileName: true },
      resolve: ({ currentVersionId: id, originalFileName: fileName }, args, { services }) =>
        services.signedUrls.url({ type: 'version', id, fileName }, args.expiresInSeconds),
    }),
    thumbnailUrl: t.string({
      nullable: true,
      description:
        'Signed, expiring URL of the THUMBNAIL rendition of the current version; null until that rendition is READY.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { currentVersion: { select: thumbnailSelect } },
      resolve: ({ currentVersion }, args, { services }) =>
        thumbnailUrl(services.signedUrls, currentVersion, args.expiresInSeconds),
    }),
    thumbnail: t.string({
      nullable: true,
      description:
        'Signed, expiring URL of a WebP thumbnail of the current version, upright and in its aspect ratio; null until one exists, and for media without a picture or a waveform. It usually exists once the THUMBNAIL rendition is READY; if it is added later, `libraryChanges` does not report it.',
      args: {
        width: t.arg({
          type: ThumbnailWidthEnum,
          required: true,
          description: 'Width of the thumbnail. A picture that is narrower is not enlarged.',
        }),
        expiresInSeconds: expiresInSecondsArg(t.arg),
      },
      select: { currentVersion: { select: thumbnailsSelect } },
      resolve: ({ currentVersion }, args, { services }) => thumbnailUrlOf(services.signedUrls, currentVersion, args),
    }),
    thumbnailPlaceholder: t.string({
      nullable: true,
      description:
        'ThumbHash of the thumbnail in Base64, about 30 characters: a blurred picture to show while the thumbnail loads. Null until a thumbnail exists.',
      select: { currentVersion: { select: { placeholder: true } } },
      resolve: ({ currentVersion }) => currentVersion.placeholder,
    }),
    downloadUrl: t.string({
      description:
        'Signed, expiring URL of the original of the current version like `url`, but browsers save the file under `originalFileName` instead of showing it.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { currentVersionId: true, originalFileName: true },
      resolve: ({ currentVersionId: id, originalFileName: fileName }, args, { services }) =>
        services.signedUrls.url({ type: 'version', id, fileName, isDownload: true }, args.expiresInSeconds),
    }),
    history: t.connection(
      {
        type: EventType,
        description:
          'Events of this media, newest first. It needs the role editor or admin; viewers get a `FORBIDDEN` error.',
        complexity: pageCost,
        select: (args, { actor, services }, nestedSelection) => {
          const page = services.history.nestedPage(actor, args)
          const rows = selectNestedRows(nestedSelection, 'Event', { id: true, at: true })
          return (page === null ? { id: true } : { id: true, history: { ...rows, ...page } }) as { id: true } // as: Prisma does not know the relation
        },
        resolve: (media, args, { loaders, services }) => {
          const rows = historyOf(media)
          if (rows === undefined) return loaders.history(args).load(media.id)
          return services.history.connection(args, rows, () => loaders.historyCount.load(media.id))
        },
      },
      EventConnection,
    ),
  }),
})

builder.prismaObjectField(MediaType, 'duplicates', (t) =>
  t.field({
    type: [MediaType],
    description:
      'Other media outside the trash whose current version holds the same bytes, oldest upload first: at most 100.',
    complexity: { field: 1, multiplier: 100 },
    select: { sha256: true },
    resolve: ({ id, sha256 }, _args, { loaders }) => loaders.duplicates.load({ id, sha256 }),
  }),
)

export const MediaConnection = builder.connectionObject(
  { type: MediaType, name: 'MediaConnection', description: 'One page of a list of media.' },
  { name: 'MediaEdge', description: 'A media on a page, with its cursor.' },
)

export const MediaUpdateInput = builder.inputType('MediaUpdateInput', {
  description: 'Input of `mediaUpdate`. Absent fields stay unchanged; null clears a field.',
  fields: (t) => ({
    id: t.id({ description: 'Media to change.' }),
    externalId: t.string({
      required: false,
      description:
        'Key in an external system: 1 to 255 characters, unique in the library, including the trash and open uploads.',
    }),
    title: t.string({ required: false, description: `New title. ${cleaning(500)} It cannot be cleared.` }),
    fileName: t.string({
      required: false,
      description: `New file name, without slashes. ${cleaning(255)} A long name keeps its extension. It cannot be cleared.`,
    }),
    description: t.string({
      required: false,
      description: 'New description: at most 10,000 characters. An empty text clears it.',
    }),
    altText: t.string({
      required: false,
      description: 'New text alternative: at most 1,000 characters. An empty text clears it.',
    }),
    tags: t.stringList({
      required: false,
      description: `All tags of the media, replacing the previous ones: at most 50. ${cleaning(64)} Empty tags are ignored; upper and lower case make no difference. Null removes all tags.`,
    }),
    folderId: t.id({ required: false, description: 'Folder to move the media into; null moves it to the root.' }),
    ifUnchangedSince: t.field({
      type: 'DateTime',
      required: false,
      description:
        'The `updatedAt` of the media as it was last read. If the media has changed since, the update is refused with `StateConflictError` and changes nothing. Null sets no such condition.',
    }),
  }),
})

export const MediaConvertInput = builder.inputType('MediaConvertInput', {
  description: 'Input of `mediaConvert`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media whose current version is converted. It must be READY.' }),
    profiles: t.field({
      type: [RenditionProfileEnum],
      description:
        'Profiles to make: 1 to 20, each suitable for the kind and type of the media. Renditions that exist or are in progress stay.',
    }),
  }),
})
