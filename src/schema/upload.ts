import type { Upload } from '../../prisma/generated/client/client.ts'
import { parseFailure } from '../services/kernel/failure.ts'
import { globalId } from '../services/kernel/ids.ts'
import type { UploadTarget } from '../services/upload/uploads.ts'
import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'
import { RenditionProfileEnum, UploadStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { MediaType } from './media.ts'

const UploadProtocol = builder.enumType('UploadProtocol', {
  description: 'Protocol for sending the bytes of an upload.',
  values: { TUS: { description: 'The resumable upload protocol tus, version 1.0.' } } as const,
})

const HttpHeader = builder.objectRef<{ name: string; value: string }>('HttpHeader').implement({
  description: 'A header of an HTTP request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the header.' }),
    value: t.exposeString('value', { description: 'Value of the header.' }),
  }),
})

const UploadTargetType = builder.objectRef<UploadTarget>('UploadTarget').implement({
  description:
    'Where and how to send the bytes of an upload. The tus upload exists already: HEAD returns its offset, PATCH sends bytes.',
  fields: (t) => ({
    protocol: t.field({
      type: UploadProtocol,
      description: 'Protocol of the URL; always TUS.',
      resolve: () => 'TUS' as const,
    }),
    url: t.exposeString('url', { description: 'URL of the tus upload.' }),
    headers: t.expose('headers', {
      type: [HttpHeader],
      description: 'Headers to send with every request to `url`. They authorize this one upload and nothing else.',
    }),
  }),
})

export const UploadType = builder.prismaNode('Upload', {
  id: { field: 'id', description: 'Global id, written `Upload:<uuid>`. It never changes.' },
  select: { id: true, mediaId: true },
  nullable: true,
  description:
    'The transfer of one file into the library, bound to its owner, file name and size. Visible to its owner and to admins.',
  fields: (t) => ({
    fileName: t.exposeString('fileName', { description: 'Name of the file.' }),
    sizeBytes: t.field({
      type: 'SafeInt',
      description: 'Announced size of the file in bytes.',
      select: { sizeBytes: true },
      resolve: ({ sizeBytes }) => Number(sizeBytes),
    }),
    sha256: t.exposeString('declaredSha256', {
      nullable: true,
      description:
        'SHA-256 that the client announced when it created the upload, 64 lower-case hexadecimal digits; null if it announced none. After a reload of its page, a client finds the unfinished upload of a file by it.',
    }),
    receivedBytes: t.field({
      type: 'SafeInt',
      description: 'Number of bytes that have arrived.',
      select: { receivedBytes: true },
      resolve: ({ receivedBytes }) => Number(receivedBytes),
    }),
    status: t.expose('status', { type: UploadStatusEnum, description: 'State of the upload.' }),
    failure: t.field({
      type: FailureType,
      nullable: true,
      description: 'Why no media could be created from the bytes; null unless `status` is FAILED.',
      select: { failure: true },
      resolve: ({ failure }) => parseFailure(failure),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description:
        'Time at which an unfinished upload expires: a day after its creation or after the last byte arrived.',
    }),
    mediaId: t.id({
      description:
        'Global id that the media will have, or that the replaced media has. It is fixed when the upload is created, so it can be passed to `mediaProgress` before the first byte is sent.',
      select: { mediaId: true },
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    target: t.field({
      type: UploadTargetType,
      nullable: true,
      extensions: { dependsOnCaller: true },
      description:
        'Where to send the remaining bytes, for example after a page reload; null once the upload has ended, and for everyone but its owner.',
      select: { expiresAt: true, ownerId: true, status: true },
      resolve: (upload, _args, { actor, services }) => services.uploads.target(actor, upload),
    }),
  }),
})

builder.prismaObjectField(UploadType, 'media', (t) =>
  t.loadable({
    type: MediaType,
    nullable: true,
    description:
      'Media made from the bytes, or the media that they replace; null until it exists, and while it is in the trash.',
    load: (ids: string[], { services }) => services.media.byIds(ids),
    resolve: ({ mediaId }) => mediaId,
  }),
)

export const UploadTicketType = builder.objectRef<Upload>('UploadTicket').implement({
  description: 'A new upload, and where to send its bytes.',
  fields: (t) => ({
    upload: t.field({ type: UploadType, description: 'The new upload.', resolve: (upload) => upload }),
    target: t.field({
      type: UploadTargetType,
      description: 'Where and how to send the bytes.',
      resolve: (upload, _args, { services }) => services.uploads.ticketTarget(upload),
    }),
  }),
})

export const MediaUploadCreateInput = builder.inputType('MediaUploadCreateInput', {
  description: 'Input of `mediaUploadCreate`.',
  fields: (t) => ({
    fileName: t.string({
      description: `Name of the file, without slashes; required. ${cleaning(255)} A long name keeps its extension.`,
    }),
    sizeBytes: t.field({
      type: 'SafeInt',
      description: 'Exact size of the file in bytes: 1 to the limit of the server, by default 10 GiB.',
    }),
    mimeType: t.string({
      required: false,
      description: 'MIME type as the client knows it. It is only a hint: the type is detected from the bytes.',
    }),
    sha256: t.string({
      required: false,
      description:
        'SHA-256 of the file, 64 hexadecimal digits. If the library holds the same content, the mutation returns `DuplicateMediaError` before any byte is sent; if it received that content during the upload, the upload fails with the code `DUPLICATE`. If other bytes arrive, the upload fails with the code `CHECKSUM_MISMATCH`.',
    }),
    allowDuplicate: t.boolean({
      required: false,
      description: 'Creates the upload even if the library holds the same content. The default is false.',
    }),
    externalId: t.string({
      required: false,
      description:
        'Key of the media in an external system: 1 to 255 characters, unique in the library, including the trash and open uploads. Not allowed with `replaces`.',
    }),
    title: t.string({
      required: false,
      description: `Title of the media. ${cleaning(500)} The default, also for an empty text, is the file name. Not allowed with \`replaces\`.`,
    }),
    tags: t.stringList({
      required: false,
      description: `Tags of the media: at most 50. ${cleaning(64)} Empty tags are ignored; upper and lower case make no difference. Not allowed with \`replaces\`.`,
    }),
    folderId: t.id({
      required: false,
      description:
        'Folder for the media. The default is the root, which is also used if the folder is deleted meanwhile. Not allowed with `replaces`.',
    }),
    replaces: t.id({
      required: false,
      description:
        'Media whose next version these bytes become. They must be of the same kind. The media keeps its title, tags, folder and external id.',
    }),
    stage: t.boolean({
      required: false,
      description:
        'Keeps the previous version current until `mediaVersionActivate` is called. Only with `replaces`. The default is false: the new version becomes current once it is READY.',
    }),
    note: t.string({
      required: false,
      description:
        'Note kept with the version: at most 2,000 characters in one or more lines. An empty text counts as null.',
    }),
    renditions: t.field({
      type: [RenditionProfileEnum],
      required: false,
      description:
        'Renditions to make, if they suit the kind and type of the file. The default is all suitable ones; an empty list makes none.',
    }),
  }),
})
