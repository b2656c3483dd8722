import type { Upload } from '../../prisma/generated/client/client.ts'
import { parseFailure } from '../services/kernel/failure.ts'
import { globalId } from '../services/kernel/ids.ts'
import type { UploadTarget } from '../services/upload/uploads.ts'
import { builder } from './builder.ts'
import { RenditionProfileEnum, UploadStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { MediaType } from './media.ts'

const UploadProtocol = builder.enumType('UploadProtocol', { values: ['TUS'] as const })

const HttpHeader = builder.objectRef<{ name: string; value: string }>('HttpHeader').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
})

const UploadTargetType = builder.objectRef<UploadTarget>('UploadTarget').implement({
  description: 'A tus 1.0 upload URL, already created: HEAD tells the offset, PATCH sends bytes.',
  fields: (t) => ({
    protocol: t.field({ type: UploadProtocol, resolve: () => 'TUS' as const }),
    url: t.exposeString('url'),
    headers: t.expose('headers', {
      type: [HttpHeader],
      description: 'To be sent with every request; they allow this one upload and nothing else.',
    }),
  }),
})

export const UploadType = builder.prismaNode('Upload', {
  id: { field: 'id' },
  nullable: true,
  description: 'A ticket for bytes to come, bound to its owner, its size and its file name.',
  fields: (t) => ({
    fileName: t.exposeString('fileName'),
    sizeBytes: t.field({ type: 'SafeInt', resolve: ({ sizeBytes }) => Number(sizeBytes) }),
    receivedBytes: t.field({ type: 'SafeInt', resolve: ({ receivedBytes }) => Number(receivedBytes) }),
    status: t.expose('status', { type: UploadStatusEnum }),
    failure: t.field({ type: FailureType, nullable: true, resolve: ({ failure }) => parseFailure(failure) }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'A day after the last byte.' }),
    mediaId: t.id({
      description: 'Known from the start; `media` answers once the bytes have arrived.',
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    target: t.field({
      type: UploadTargetType,
      nullable: true,
      description: 'For its owner while it can still take bytes, to go on after a reload.',
      resolve: (upload, _args, { actor, services }) => services.uploads.target(actor, upload),
    }),
  }),
})

builder.prismaObjectField(UploadType, 'media', (t) =>
  t.loadable({
    type: MediaType,
    nullable: true,
    load: (ids: string[], { services }) => services.media.byIds(ids),
    resolve: ({ mediaId }) => mediaId,
  }),
)

export const UploadTicketType = builder.objectRef<Upload>('UploadTicket').implement({
  fields: (t) => ({
    upload: t.field({ type: UploadType, resolve: (upload) => upload }),
    target: t.field({
      type: UploadTargetType,
      resolve: (upload, _args, { services }) => services.uploads.ticketTarget(upload),
    }),
  }),
})

export const MediaUploadCreateInput = builder.inputType('MediaUploadCreateInput', {
  fields: (t) => ({
    fileName: t.string({ description: 'At most 255 characters, no slashes, no control characters.' }),
    sizeBytes: t.field({ type: 'SafeInt' }),
    mimeType: t.string({ required: false, description: 'A hint; the real type is read from the bytes.' }),
    sha256: t.string({
      required: false,
      description: 'With it, a file that is already in the library is recognised before a byte travels.',
    }),
    allowDuplicate: t.boolean({ required: false, description: 'Upload although the library holds the same bytes.' }),
    externalId: t.string({ required: false, description: 'Unique in the library.' }),
    title: t.string({ required: false, description: 'The file name where absent.' }),
    tags: t.stringList({ required: false, description: 'At most 50 of 64 characters; case does not tell them apart.' }),
    folderId: t.id({ required: false, description: 'Where to file it; at the root where absent.' }),
    replaces: t.id({
      required: false,
      description:
        'The media whose next version these bytes become; of the same kind. It keeps its title, tags, folder and external id.',
    }),
    stage: t.boolean({
      required: false,
      description: 'Keep the present version current until mediaVersionActivate.',
    }),
    note: t.string({ required: false, description: 'Kept with the version.' }),
    renditions: t.field({
      type: [RenditionProfileEnum],
      required: false,
      description: 'Defaults to all that fit the kind; an empty list makes none.',
    }),
  }),
})
