import { parseFailure } from '../services/kernel/failure.ts'
import { builder } from './builder.ts'
import { renditionsCost } from './cost.ts'
import { MediaKindEnum, MediaStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { RenditionType } from './rendition.ts'
import { expiresInSecondsArg, renditionsQuery, thumbnailUrl } from './url.ts'

export const MediaVersionType = builder.prismaNode('MediaVersion', {
  id: { field: 'id' },
  nullable: true,
  description: 'One immutable state of the original bytes, numbered from 1 without holes.',
  fields: (t) => ({
    media: t.relation('media'),
    number: t.exposeInt('number'),
    isCurrent: t.boolean({
      select: { media: { select: { id: true, currentVersionId: true } } },
      resolve: ({ id, media }) => media.currentVersionId === id,
    }),
    status: t.expose('status', { type: MediaStatusEnum }),
    failure: t.field({ type: FailureType, nullable: true, resolve: ({ failure }) => parseFailure(failure) }),
    originalFileName: t.exposeString('originalFileName'),
    kind: t.expose('kind', { type: MediaKindEnum }),
    mimeType: t.exposeString('mimeType', { description: 'Read from the bytes, not from the name.' }),
    sizeBytes: t.field({ type: 'SafeInt', resolve: ({ sizeBytes }) => Number(sizeBytes) }),
    sha256: t.exposeString('sha256', { description: 'Lower-case hex SHA-256 of the original bytes.' }),
    durationSeconds: t.exposeFloat('durationSeconds', { nullable: true }),
    width: t.exposeInt('width', { nullable: true, description: 'In pixels, as displayed.' }),
    height: t.exposeInt('height', { nullable: true, description: 'In pixels, as displayed.' }),
    note: t.exposeString('note', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.relation('createdBy', { nullable: true }),
    renditions: t.relation('renditions', { type: RenditionType, complexity: renditionsCost, query: renditionsQuery }),
    url: t.string({
      description: 'Signed, expiring, answers Range requests; the same text for at least half of its lifetime.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      resolve: ({ id, originalFileName: fileName }, args, { services }) =>
        services.signedUrls.url({ type: 'version', id, fileName }, args.expiresInSeconds ?? undefined),
    }),
    thumbnailUrl: t.string({
      nullable: true,
      description: 'Null until there is a thumbnail.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { renditions: renditionsQuery },
      resolve: (version, args, { services }) => thumbnailUrl(services.signedUrls, version, args.expiresInSeconds),
    }),
    storageUri: t.string({
      nullable: true,
      description: 'Where the bytes lie; for admins, null for others.',
      resolve: ({ sha256 }, _args, { actor, services }) => services.media.storageUri(actor, sha256),
    }),
  }),
})

export const MediaVersionConnection = builder.connectionObject(
  { type: MediaVersionType, name: 'MediaVersionConnection' },
  { name: 'MediaVersionEdge' },
)

export const MediaVersionActivateInput = builder.inputType('MediaVersionActivateInput', {
  fields: (t) => ({ mediaId: t.id(), number: t.int() }),
})
