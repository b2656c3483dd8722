import { randomBytes, randomUUID } from 'node:crypto'
import type { MediaKind, MediaStatus } from '../../prisma/generated/client/enums.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { uuidOf } from './ids.ts'
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

export interface SeedOptions {
  kind?: MediaKind
  status?: MediaStatus
  /** Name of the uploader; the user is created if necessary. Default `Seeder`. */
  uploader?: string
}

const failure = {
  code: 'TRUNCATED',
  message: 'Incomplete.',
  remedy: null,
  retryable: false,
  at: new Date().toISOString(),
}

/** Inserts media with the rows that uploads and conversions write, but without bytes. Returns UUIDs, oldest first. */
export const seedMedia = async (world: World, count: number, options: SeedOptions = {}): Promise<string[]> => {
  const { database } = world.runtime.ports
  const externalId = (options.uploader ?? 'seeder').toLowerCase()
  const name = options.uploader ?? 'Seeder'
  // The server may create the user of a first call at the same time.
  await database.user.createMany({ data: [{ externalId, name }], skipDuplicates: true })
  const user = await database.user.findUniqueOrThrow({ where: { externalId } })
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    const [id, versionId, sha256] = [randomUUID(), randomUUID(), randomBytes(32).toString('hex')]
    const kind = options.kind ?? kinds[index % kinds.length] ?? 'OTHER'
    const status = options.status ?? statuses[index % statuses.length] ?? 'READY'
    const content = { kind, mimeType: mimeTypes[kind], sizeBytes: 1000 + index, sha256, status }
    const fileName = `seed-${index}`
    await database.$transaction([
      database.blob.create({ data: { sha256, sizeBytes: content.sizeBytes } }),
      database.media.create({
        data: {
          id,
          title: fileName,
          fileName,
          originalFileName: fileName,
          currentVersionId: versionId,
          uploadedById: user.id,
          ...content,
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
          ...content,
          renditions: {
            create: index % 2 === 0 && options.kind === undefined ? [{ profile: 'THUMBNAIL', status: 'QUEUED' }] : [],
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

/** Inserts media as `seedMedia` does and returns global ids. */
export const seedMediaIds = async (world: World, count: number, options?: SeedOptions): Promise<string[]> =>
  (await seedMedia(world, count, options)).map((id) => globalId('Media', id))

/** Inserts one media and returns its global id. */
export const seedMediaId = async (world: World, options?: SeedOptions): Promise<string> =>
  globalId('Media', (await seedMedia(world, 1, options))[0] ?? '')

/** Moves a media to the trash without checking for usages. */
export const trashMedia = async (world: World, mediaId: string): Promise<void> => {
  const where = { id: uuidOf(mediaId) }
  await world.runtime.ports.database.media.update({ where, data: { deletedAt: new Date() } })
}

/** Inserts users who never sign in and returns their global ids. */
export const seedUserIds = async (world: World, count: number): Promise<string[]> => {
  const data = Array.from({ length: count }, () => ({ externalId: `learner-${randomUUID()}`, name: 'Learner' }))
  const users = await world.runtime.ports.database.user.createManyAndReturn({ data, select: { id: true } })
  return users.map(({ id }) => globalId('User', id))
}

export const seedUserId = async (world: World): Promise<string> => (await seedUserIds(world, 1))[0] ?? ''

/** Inserts an admin and returns the actor that services take, so that no token is needed. */
export const seedAdmin = async (world: World): Promise<UserActor> => {
  const data = { externalId: 'root', name: 'Root', role: 'ADMIN' } as const
  const { id: userId } = await world.runtime.ports.database.user.create({ data })
  return { type: 'user', userId, role: 'ADMIN', requestId: null }
}
