import { parseFailure } from '../services/kernel/failure.ts'
import { renditionFileName } from '../services/storage/findFile.ts'
import { builder } from './builder.ts'
import { RenditionProfileEnum, RenditionStatusEnum } from './enums.ts'
import { FailureType } from './failure.ts'
import { expiresInSecondsArg } from './url.ts'

export const RenditionType = builder.prismaNode('Rendition', {
  id: { field: 'id' },
  nullable: true,
  description: 'A file derived from one version.',
  fields: (t) => ({
    version: t.relation('version'),
    profile: t.expose('profile', { type: RenditionProfileEnum }),
    status: t.expose('status', { type: RenditionStatusEnum }),
    percent: t.exposeFloat('percent', {
      description: '0 to 100. Live in subscriptions; elsewhere at most 2 seconds old.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often its making was begun.' }),
    failure: t.field({ type: FailureType, nullable: true, resolve: ({ failure }) => parseFailure(failure) }),
    mimeType: t.exposeString('mimeType', { nullable: true }),
    sizeBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      resolve: ({ sizeBytes }) => (sizeBytes === null ? null : Number(sizeBytes)),
    }),
    width: t.exposeInt('width', { nullable: true }),
    height: t.exposeInt('height', { nullable: true }),
    url: t.string({
      nullable: true,
      description: 'Signed and expiring; null until the rendition is READY.',
      args: { expiresInSeconds: expiresInSecondsArg(t.arg) },
      select: { version: { select: { originalFileName: true } } },
      resolve: (rendition, args, { services }) =>
        rendition.status === 'READY'
          ? services.signedUrls.url(
              {
                type: 'rendition',
                id: rendition.id,
                fileName: renditionFileName(rendition.version.originalFileName, rendition),
              },
              args.expiresInSeconds ?? undefined,
            )
          : null,
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})
