import { parseFailure } from '../services/kernel/failure.ts'
import { parseWarnings } from '../services/kernel/warning.ts'
import { builder } from './builder.ts'
import { renditionsCost } from './cost.ts'
import { MediaKindEnum, MediaStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { RenditionType } from './rendition.ts'
import { expiresInSecondsArg, renditionsQuery, thumbnailSelect, thumbnailUrl } from './url.ts'
import { MediaWarningType } from './warning.ts'

export const MediaVersionType = builder.prismaNode('MediaVersion', {
  id: { field: 'id', description: 'Global id, written `MediaVersion:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description: 'One immutable state of the original bytes of a media. Versions are numbered from 1 without gaps.',
  fields: (t) => ({
    media: t.relation('media', { description: 'Media that the version belongs to.' }),
    number: t.exposeInt('number', { description: 'Number of the version within its media, counted from 1.' }),
    isCurrent: t.boolean({
      description: 'Whether the media shows this version.',
      select: { media: { select: { id: true, currentVersionId: true } } },
      resolve: ({ id, media }) => media.currentVersionId === id,
    }),
    status: t.expose('status', { type: MediaStatusEnum, description: 'Whether the bytes can be shown.' }),
    failure: t.field({
      type: FailureType,
      nullable: true,
      description: 'Why the bytes cannot be used; null unless `status` is FAILED.',
      select: { failure: true },
      resolve: ({ failure }) => parseFailure(failure),
    }),
    warnings: t.field({
      type: [MediaWarningType],
      description:
        'Defects of usable bytes, such as a missing end. Empty if no defect is known, and until `status` is READY.',
      select: { warnings: true },
      resolve: ({ warnings }) => parseWarnings(warnings),
    }),
    originalFileName: t.exposeString('originalFileName', { description: 'File name at the time of the upload.' }),
    kind: t.expose('kind', {
      type: MediaKindEnum,
      description: 'Kind of the file. Until the bytes were examined, it is a guess from the first bytes.',
    }),
    mimeType: t.exposeString('mimeType', { description: 'MIME type, detected from the bytes and not from the name.' }),
    sizeBytes: t.field({
      type: 'SafeInt',
      description: 'Size of the original in bytes.',
      select: { sizeBytes: true },
      resolve: ({ sizeBytes }) => Number(sizeBytes),
    }),
    sha256: t.exposeString('sha256', {
      description: 'SHA-256 of the original bytes, 64 lower-case hexadecimal digits.',
    }),
    durationSeconds: t.exposeFloat('durationSeconds', {
      nullable: true,
      description: 'Duration in seconds; null for files without one and until the bytes have been examined.',
    }),
    width: t.exposeInt('width', {
      nullable: true,
      description:
        'Width in pixels as displayed, after rotation; null for files without a picture and until the bytes have been examined.',
    }),
    height: t.exposeInt('height', {
      nullable: true,
      description:
        'Height in pixels as displayed, after rotation; null for files without a picture and until the bytes have been examined.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'Note of the uploader; null if none was given.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the last byte of the version arrived.',
    }),
    createdBy: t.relation('createdBy', {
      nullable: true,
      description: 'User who uploaded the version; null if unknown.',
    }),
    renditions: t.relation('renditions', {
      type: RenditionType,
      description: 'Renditions of this version, sorted by profile. Empty until the bytes have been examined.',
      complexity: renditionsCost,
      query: renditionsQuery,
    }),
    url: t.string({
      description:
        'Signed, expiring URL of the original. It answers Range requests. Its text stays the same for at least half of its lifetime.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { originalFileName: true },
      resolve: ({ id, originalFileName: fileName }, args, { services }) =>
        services.signedUrls.url({ type: 'version', id, fileName }, args.expiresInSeconds),
    }),
    thumbnailUrl: t.string({
      nullable: true,
      description:
        'Signed, expiring URL of the THUMBNAIL rendition of this version; null until that rendition is READY.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: thumbnailSelect,
      resolve: (version, args, { services }) => thumbnailUrl(services.signedUrls, version, args.expiresInSeconds),
    }),
    storageUri: t.string({
      nullable: true,
      description: 'Address of the bytes in the storage, such as an `s3://` URI; null for callers who are not admins.',
      select: { sha256: true },
      resolve: ({ sha256 }, _args, { actor, services }) => services.media.storageUri(actor, sha256),
    }),
  }),
})

export const MediaVersionConnection = builder.connectionObject(
  { type: MediaVersionType, name: 'MediaVersionConnection', description: 'One page of a list of versions.' },
  { name: 'MediaVersionEdge', description: 'A version on a page, with its cursor.' },
)

export const MediaVersionActivateInput = builder.inputType('MediaVersionActivateInput', {
  description: 'Input of `mediaVersionActivate`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media whose current version is switched.' }),
    number: t.int({ description: 'Number of the version that becomes current. It must be READY.' }),
  }),
})
