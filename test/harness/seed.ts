import { randomBytes, randomUUID } from 'node:crypto'
import type { MediaKind, MediaStatus } from '../../prisma/generated/client/enums.ts'
import type { World } from './world.ts'

const kinds: MediaKind[] = ['VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT']
const statuses: MediaStatus[] = ['READY', 'READY', 'FAILED']
const mimeTypes: Record<MediaKind, string> = {
  VIDEO: 'video/mp4',
  AUDIO: 'audio/mpeg',
  IMAGE: 'image/png',
  DOCUMENT: 'application/pdf',
  OTHER: 'application/octet-stream',
}

interface Seed {
  kind?: MediaKind
  status?: MediaStatus
  /** Name of the user who shall have uploaded it. */
  uploader?: string
}

const failure = {
  code: 'TRUNCATED',
  message: 'Incomplete.',
  remedy: null,
  retryable: false,
  at: new Date().toISOString(),
}

/** Rows as uploads and conversions leave them, without bytes; their ids, oldest first. */
export const seedMedia = async (world: World, count: number, seed: Seed = {}): Promise<string[]> => {
  const { database } = world.runtime.ports
  const externalId = (seed.uploader ?? 'seeder').toLowerCase()
  const name = seed.uploader ?? 'Seeder'
  const user = await database.user.upsert({ where: { externalId }, create: { externalId, name }, update: {} })
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    const [id, versionId, sha256] = [randomUUID(), randomUUID(), randomBytes(32).toString('hex')]
    const kind = seed.kind ?? kinds[index % kinds.length] ?? 'OTHER'
    const status = seed.status ?? statuses[index % statuses.length] ?? 'READY'
    const facts = { kind, mimeType: mimeTypes[kind], sizeBytes: 1000 + index, sha256, status }
    const fileName = `seed-${index}`
    await database.$transaction([
      database.blob.create({ data: { sha256, sizeBytes: facts.sizeBytes } }),
      database.media.create({
        data: {
          id,
          title: fileName,
          fileName,
          originalFileName: fileName,
          currentVersionId: versionId,
          uploadedById: user.id,
          ...facts,
        },
      }),
      database.mediaVersion.create({
        data: {
          id: versionId,
          mediaId: id,
          number: 1,
          originalFileName: fileName,
          createdById: user.id,
          ...(status === 'FAILED' ? { failure } : {}),
          ...facts,
          renditions: {
            create: index % 2 === 0 && seed.kind === undefined ? [{ profile: 'THUMBNAIL', status: 'QUEUED' }] : [],
          },
        },
      }),
      database.event.create({
        data: { action: 'media.uploaded', actorId: user.id, nodeType: 'Media', nodeId: id, mediaId: id, data: {} },
      }),
    ])
    ids.push(id)
  }
  return ids
}
