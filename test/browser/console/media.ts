import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { drawPicture } from '../../../prisma/seed/drawing.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { createSeedPictures } from '../../../prisma/seed/pictures.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { encodeThumbnails, openThumbnail } from '../../../worker/ffmpeg/thumbnails/encode.ts'
import type { World } from '../../harness/world.ts'

/** Fills an empty library with `count` media that have pictures: people, folders, tags, courses and links. */
export const seedWithPictures = async (world: World, count: number): Promise<void> => {
  const client = new pg.Client({ connectionString: world.env['DATABASE_OWNER_URL'] })
  await client.connect()
  try {
    await seedLibrary(client, count, { pictures: createSeedPictures(world.runtime.ports.storage) })
  } finally {
    await client.end()
  }
}

export interface NewMedia {
  title: string
  /** IMAGE by default. Only images have an original; all but documents have a thumbnail. */
  kind?: MediaKind
  /** READY by default. */
  status?: MediaStatus
  tags?: string[]
  /** Primary key, not the global id. */
  folderId?: string
  /** Name of the uploader; the user is created if necessary. Ada by default. */
  uploader?: string
  uploadedAt?: Date
}

const types: Record<MediaKind, { mimeType: string; ending: string }> = {
  VIDEO: { mimeType: 'video/mp4', ending: 'mp4' },
  AUDIO: { mimeType: 'audio/mpeg', ending: 'mp3' },
  IMAGE: { mimeType: 'image/jpeg', ending: 'jpg' },
  DOCUMENT: { mimeType: 'application/pdf', ending: 'pdf' },
  OTHER: { mimeType: 'application/zip', ending: 'zip' },
}

const failure = {
  code: 'TRUNCATED',
  message: 'The file ends too early.',
  remedy: 'Export it again.',
  retryable: true,
}

const shape = { width: 640, height: 360 }

let lastPicture = 0

const storeBytes = async (world: World, bytes: Buffer) => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await world.runtime.ports.storage.put(blobKey(sha256), bytes)
  return { sha256, sizeBytes: bytes.length }
}

const findUser = async (world: World, name: string): Promise<string> => {
  const { database } = world.runtime.ports
  const externalId = name.toLowerCase()
  await database.user.createMany({ data: [{ externalId, name, role: 'EDITOR' }], skipDuplicates: true })
  return (await database.user.findUniqueOrThrow({ where: { externalId } })).id
}

/** Inserts a media as an upload and its conversions do, with a picture of its own. Returns its global id. */
export const addMedia = async (world: World, media: NewMedia): Promise<string> => {
  const { title, kind = 'IMAGE', status = 'READY', tags = [], folderId, uploader = 'Ada' } = media
  const { uploadedAt = new Date() } = media
  const { database } = world.runtime.ports
  lastPicture += 1
  const picture = await drawPicture(lastPicture, shape).jpeg().toBuffer()
  const original = await storeBytes(world, kind === 'IMAGE' ? picture : Buffer.from(`${title} ${randomUUID()}`))
  const hasThumbnail = status === 'READY' && kind !== 'DOCUMENT' && kind !== 'OTHER'
  const { files, placeholder } = await encodeThumbnails(await openThumbnail(picture))
  const rendition = await storeBytes(world, picture)
  const thumbnails = await Promise.all(
    files.map(async ({ width, bytes }) => ({ width, ...(await storeBytes(world, bytes)) })),
  )
  const [id, versionId, userId] = [randomUUID(), randomUUID(), await findUser(world, uploader)]
  const { mimeType, ending } = types[kind]
  const fileName = `${title.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, '-')}.${ending}`
  const content = { kind, mimeType, ...original, status }
  const blobs = [original, rendition, ...thumbnails].map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }))
  const isTimed = kind === 'VIDEO' || kind === 'AUDIO'
  await database.$transaction([
    database.blob.createMany({ data: blobs, skipDuplicates: true }),
    database.media.create({
      data: {
        ...{ id, title, fileName, originalFileName: fileName, ...content, folderId: folderId ?? null },
        ...{ tags, tagKeys: tags.map((tag) => tag.toLowerCase()), uploadedAt, uploadedById: userId },
        currentVersionId: versionId,
      },
    }),
    database.mediaVersion.create({
      data: {
        ...{ id: versionId, mediaId: id, number: 1, originalFileName: fileName, createdById: userId, ...content },
        ...(kind === 'IMAGE' || kind === 'VIDEO' ? shape : {}),
        ...(isTimed && status === 'READY' ? { durationSeconds: 90 } : {}),
        ...(status === 'FAILED' ? { failure: { ...failure, at: uploadedAt.toISOString() } } : {}),
        ...(hasThumbnail
          ? {
              placeholder,
              renditions: {
                create: {
                  ...{ kind, profile: 'THUMBNAIL', status: 'READY', percent: 100, mimeType: 'image/jpeg' },
                  ...{ ...rendition, ...shape, hasThumbnails: true },
                },
              },
              thumbnails: { create: thumbnails },
            }
          : {}),
      },
    }),
    database.event.create({
      data: { action: 'media.uploaded', actorId: userId, nodeType: 'Media', nodeId: id, mediaId: id, data: {} },
    }),
  ])
  return globalId('Media', id)
}
