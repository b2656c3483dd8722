import { createHash } from 'node:crypto'
import type { MediaKind, MediaStatus } from '../../prisma/generated/client/enums.ts'
import type { Database } from '../../src/services/kernel/ports.ts'
import type { Random } from './random.ts'
import { seedPeopleData } from './randomPeople.ts'

export const failure = {
  code: 'TRUNCATED',
  message: 'Incomplete.',
  remedy: 'Send it again.',
  retryable: true,
  at: '2026-01-02T03:04:05.678Z',
}
const texts = [
  'Cell division',
  'Torts, week 2',
  'Poster "4"',
  "O'Neil \\ exam",
  'Übung 🧪 1',
  '100 % _of_ it',
  '  ',
  'null',
]
const mimeTypes: Record<MediaKind, string> = {
  VIDEO: 'video/mp4',
  AUDIO: 'audio/mpeg',
  IMAGE: 'image/png',
  DOCUMENT: 'application/pdf',
  OTHER: 'application/octet-stream',
}
const kinds = Object.keys(mimeTypes) as MediaKind[] // as: keys of a literal

const uuidOfNumber = (seed: number, table: number, index: number): string =>
  `${seed.toString(16).padStart(8, '0')}-${table.toString(16).padStart(4, '0')}-7000-8000-${index.toString(16).padStart(12, '0')}`

export const timeOf = (random: Random): Date =>
  new Date(
    Date.UTC(
      2024 + random.integer(0, 1),
      random.integer(0, 11),
      random.integer(1, 28),
      1,
      2,
      3,
      random.integer(0, 999),
    ),
  )

/** Creates ids of one table that sort as they were created. */
export const createIds = (seed: number, table: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => uuidOfNumber(seed, table, index))

/**
 * Inserts a small library, connected as the owner of the tables: all states that uploads, conversions, links, deletions and
 * assignments leave behind, with values from `random`. `userIds` are people who sign in.
 */
export const seedRandomLibrary = async (database: Database, random: Random, userIds: readonly string[]) => {
  const seed = random.integer(0, 2 ** 31)
  const ids = {
    users: [...userIds, ...createIds(seed, 1, 3)],
    folders: createIds(seed, 2, 5),
    media: createIds(seed, 3, 14),
    versions: createIds(seed, 4, 24),
    renditions: createIds(seed, 5, 30),
    resources: createIds(seed, 6, 8),
    usages: createIds(seed, 7, 40),
  }
  const optional = <Value>(value: Value): Value | null => (random.chance(0.3) ? null : value)
  const user = () => optional(random.one(ids.users))
  await database.user.createMany({
    data: ids.users
      .slice(userIds.length)
      .map((id, index) => ({ id, externalId: `learner-${index}`, name: random.one(texts) })),
  })
  for (const [index, id] of ids.folders.entries())
    await database.folder.create({
      data: {
        id,
        name: `${random.one(texts)} ${index}`,
        parentId: index === 0 ? null : optional(random.one(ids.folders.slice(0, index))),
      },
    })
  const hashes = Array.from({ length: 9 }, (_, index) => createHash('sha256').update(`${seed} ${index}`).digest('hex'))
  await database.blob.createMany({
    data: hashes.map((sha256, index) => ({
      sha256,
      sizeBytes: index,
      ...(index === 1 ? { fault: 'MISSING' as const } : {}),
    })),
  })

  const contentOf = (index: number) => {
    const kind = random.one(kinds)
    const status: MediaStatus = index === 0 ? 'READY' : random.one(['READY', 'READY', 'PROCESSING', 'FAILED'])
    // One size that no client can read, so that a field in the middle fails.
    const sizeBytes = index === 20 ? 2n ** 60n : BigInt(random.integer(1, 5000))
    return {
      kind,
      mimeType: mimeTypes[kind],
      sizeBytes,
      sha256: random.one(hashes),
      status,
      originalFileName: `${random.one(texts)}.bin`,
    }
  }
  const versions = ids.versions.map((id, index) => ({
    id,
    ...contentOf(index),
    mediaId: ids.media[index % ids.media.length] ?? '',
    number: 1 + Math.floor(index / ids.media.length),
    durationSeconds: optional(random.integer(0, 9999) / 8),
    width: optional(random.integer(1, 4000)),
    note: optional(random.one(texts)),
    createdAt: timeOf(random),
    createdById: user(),
    staged: random.chance(0.2),
  }))
  const media = ids.media.map((id, index) => {
    const version = versions[index + (index < 10 && random.chance(0.4) ? ids.media.length : 0)]
    if (version === undefined) throw new Error(`Media ${index} has no version.`)
    const { kind, mimeType, sizeBytes, sha256, status, originalFileName } = version
    const isTrashed = index % 4 === 3
    const tags = random.some(['Biology', 'week-7', 'lecture', 'LAW'], 0.4)
    return {
      id,
      ...{ kind, mimeType, sizeBytes, sha256, status, originalFileName, tags },
      title: `${random.one(texts)} ${index}`,
      fileName: `${random.one(texts)}-${index}.bin`,
      externalId: index < 5 ? `asset-${index}` : null,
      description: optional(random.one(texts)),
      tagKeys: tags.map((tag) => tag.toLowerCase()),
      folderId: optional(random.one(ids.folders)),
      currentVersionId: version.id,
      uploadedAt: timeOf(random),
      uploadedById: userIds[index] ?? user(),
      updatedAt: timeOf(random),
      unusedSince: timeOf(random),
      ...(isTrashed ? { deletedAt: timeOf(random), deletedById: user(), purgeAt: new Date('2099-01-01') } : {}),
      isTrashed,
    }
  })
  const links = media.flatMap((item) =>
    item.isTrashed ? [] : random.some(ids.resources, 0.3).map((resourceId) => ({ mediaId: item.id, resourceId })),
  )
  const useCountOf = (id: string): number => links.filter(({ mediaId }) => mediaId === id).length
  await database.$transaction([
    database.media.createMany({
      data: media.map(({ isTrashed: _, ...row }) => ({
        ...row,
        usageCount: useCountOf(row.id),
        ...(useCountOf(row.id) > 0 ? { unusedSince: null } : {}),
      })),
    }),
    database.mediaVersion.createMany({
      data: versions.map((row) => ({ ...row, ...(row.status === 'FAILED' ? { failure } : {}) })),
    }),
  ])
  await database.rendition.createMany({
    data: ids.renditions.map((id, index) => {
      const status = random.one(['QUEUED', 'PROCESSING', 'READY', 'READY', 'FAILED', 'CANCELLED'] as const)
      const file = { mimeType: 'image/webp', sizeBytes: 10n, sha256: random.one(hashes), width: 9, height: 8 }
      return {
        id,
        versionId: ids.versions[index % ids.versions.length] ?? '',
        profile: index < ids.versions.length ? ('THUMBNAIL' as const) : ('WEBM' as const),
        status,
        percent: random.integer(0, 1000) / 10,
        updatedAt: timeOf(random),
        ...(status === 'READY' ? file : {}),
        ...(status === 'FAILED' ? { failure } : {}),
      }
    }),
  })
  await database.thumbnail.createMany({
    data: ids.versions.flatMap((versionId, index) =>
      [160, 320].map((width) => ({ versionId, width, sizeBytes: 10n, sha256: hashes[index % hashes.length] ?? '' })),
    ),
  })
  for (const [index, id] of ids.resources.entries())
    await database.resource.create({
      data: {
        id,
        type: random.one(['course', 'lesson']),
        externalId: `${index}`,
        title: optional(random.one(texts)),
        url: optional('https://lms.example/1'),
        parentId: index === 0 ? null : optional(random.one(ids.resources.slice(0, index))),
        deletedAt: index === 7 && !links.some(({ resourceId }) => resourceId === id) ? timeOf(random) : null,
      },
    })
  await database.mediaUsage.createMany({
    data: links.map((link, index) => ({
      id: ids.usages[index] ?? '',
      ...link,
      linkedAt: timeOf(random),
      linkedById: user(),
    })),
  })
  return { ...ids, usages: ids.usages.slice(0, links.length), ...(await seedPeopleData(database, random, seed, ids)) }
}
