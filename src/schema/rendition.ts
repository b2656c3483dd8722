import { parseFailure } from '../services/kernel/failure.ts'
import { builder } from './builder.ts'
import { RenditionProfileEnum, RenditionStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { expiresInSecondsArg, namedRenditionSelect, renditionUrl } from './url.ts'

export const RenditionType = builder.prismaNode('Rendition', {
  id: { field: 'id', description: 'Global id, written `Rendition:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description: 'A file derived from one version by a profile, such as a thumbnail.',
  fields: (t) => ({
    version: t.relation('version', { description: 'Version that the rendition is made from.' }),
    profile: t.expose('profile', { type: RenditionProfileEnum, description: 'Kind of the rendition.' }),
    status: t.expose('status', { type: RenditionStatusEnum, description: 'State of the conversion.' }),
    percent: t.exposeFloat('percent', {
      description:
        'Progress of the conversion, 0 to 100. Subscriptions show it live; in queries it is at most 2 seconds old.',
    }),
    attempts: t.exposeInt('attempts', { description: 'Number of times that a worker has started the conversion.' }),
    failure: t.field({
      type: FailureType,
      nullable: true,
      description: 'Why the conversion failed; null unless `status` is FAILED.',
      select: { failure: true },
      resolve: ({ failure }) => parseFailure(failure),
    }),
    mimeType: t.exposeString('mimeType', {
      nullable: true,
      description: 'MIME type of the rendition; null until it is READY.',
    }),
    sizeBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Size of the rendition in bytes; null until it is READY.',
      select: { sizeBytes: true },
      resolve: ({ sizeBytes }) => (sizeBytes === null ? null : Number(sizeBytes)),
    }),
    width: t.exposeInt('width', {
      nullable: true,
      description: 'Width in pixels; null until the rendition is READY, and if it has no picture.',
    }),
    height: t.exposeInt('height', {
      nullable: true,
      description: 'Height in pixels; null until the rendition is READY, and if it has no picture.',
    }),
    url: t.string({
      nullable: true,
      description:
        'Signed, expiring URL of the rendition, which answers Range requests; null until the rendition is READY.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { ...namedRenditionSelect, version: { select: { originalFileName: true } } },
      resolve: (rendition, args, { services }) =>
        renditionUrl(services.signedUrls, rendition.version.originalFileName, rendition, args.expiresInSeconds),
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'Time of the last change of status or stored progress.',
    }),
  }),
})
