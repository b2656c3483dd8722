import { renditionFileName } from '../services/storage/findFile.ts'
import type { SignedUrls } from '../services/storage/signedUrls.ts'
import type { builder } from './builder.ts'

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

export const expiresInSecondsArg = (arg: ArgumentBuilder) =>
  arg.int({ required: false, description: '60 to 604,800 (7 days); 3,600 where absent.' })

interface NamedRendition {
  id: string
  profile: string
  status: string
  mimeType: string | null
}

/** The same everywhere, so that one load serves every field that needs renditions. */
export const renditionsQuery = { orderBy: { profile: 'asc' } } as const

export const thumbnailUrl = (
  signedUrls: SignedUrls,
  version: { originalFileName: string; renditions: NamedRendition[] },
  lifetimeSeconds: number | null | undefined,
): string | null => {
  const thumbnail = version.renditions.find(({ profile, status }) => profile === 'THUMBNAIL' && status === 'READY')
  if (thumbnail === undefined) return null
  const fileName = renditionFileName(version.originalFileName, thumbnail)
  return signedUrls.url({ type: 'rendition', id: thumbnail.id, fileName }, lifetimeSeconds ?? undefined)
}
