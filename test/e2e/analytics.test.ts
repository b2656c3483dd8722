import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import { ProcessingAnalyticsDocument, StorageAnalyticsDocument } from '../../client/generated/documents.ts'
import { createAnalytics } from '../../src/services/analytics/analytics.ts'
import { systemActor } from '../../src/services/kernel/actor.ts'
import { it } from '../harness/it.ts'
import { codeOf } from '../harness/refusals.ts'
import { seedMedia } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const dayMs = 24 * 60 * 60 * 1000
const now = new Date('2026-03-31T12:00:00.000Z')
const clock = { now: () => now }
const daysAgo = (days: number): Date => new Date(now.getTime() - days * dayMs)

/** Creates analytics with an empty cache and a fixed time. */
const createFreshAnalytics = (world: World) => createAnalytics({ database: world.runtime.ports.database, clock })

const ask = (client: Client, more: { unusedForDays?: number; last?: number; first?: number } = {}) =>
  client.send(StorageAnalyticsDocument, { interval: 'DAY', last: 7, ...more })

describe('analytics', () => {
  it('refuse viewers the storage figures', async ({ users: { viewer } }) => {
    expect(await codeOf(ask(viewer))).toBe('FORBIDDEN')
  })

  it('refuse viewers the processing figures', async ({ users: { viewer } }) => {
    expect(await codeOf(viewer.send(ProcessingAnalyticsDocument, {}))).toBe('FORBIDDEN')
  })

  it('return the storage figures to editors', async ({ users: { editor } }) => {
    expect((await ask(editor)).analytics.storage).toMatchObject({ totalFiles: 0, totalBytes: 0, courses: [] })
  })

  it('return the processing figures to admins', async ({ users: { admin } }) => {
    expect((await admin.send(ProcessingAnalyticsDocument, {})).analytics.processing.queued).toBe(0)
  })

  it.for([{ unusedForDays: -1 }, { last: 0 }, { last: 367 }, { first: 0 }, { first: 101 }])(
    'refuse the arguments %j',
    async (variables, { users: { editor } }) => {
      expect(await codeOf(ask(editor, variables))).toBe('INVALID_INPUT')
    },
  )

  it('compute the same storage figures as an independent count', async ({ world }) => {
    const { database } = world.runtime.ports
    const ids = await seedMedia(world, 40)
    const shared = await database.media.findUniqueOrThrow({ where: { id: ids[0] ?? '' } })
    for (const [index, id] of ids.entries()) {
      const uploadedAt = daysAgo(index * 3.7)
      const unusedSince = index % 3 === 0 ? null : index % 3 === 1 ? uploadedAt : new Date(uploadedAt.getTime() + dayMs)
      const sizeBytes = 10 ** (index % 12) + index
      await database.media.update({
        where: { id },
        data: {
          uploadedAt,
          unusedSince,
          sizeBytes,
          usageCount: unusedSince === null ? index : 0,
          deletedAt: index % 7 === 6 ? now : null,
        },
      })
    }
    // Adds three more media with the bytes of the first one, a rendition, and a blob without any reference.
    for (const id of ids.slice(1, 4))
      await database.mediaVersion.updateMany({
        where: { mediaId: id },
        data: { sha256: shared.sha256, sizeBytes: 1000 },
      })
    const rendition = { sha256: randomBytes(32).toString('hex'), sizeBytes: 77 }
    const orphan = { sha256: randomBytes(32).toString('hex'), sizeBytes: 500, orphanedAt: now }
    await database.blob.createMany({ data: [rendition, orphan] })
    await database.rendition.updateMany({ where: { version: { mediaId: { in: ids.slice(0, 6) } } }, data: rendition })
    await database.$executeRaw`
      UPDATE "Blob" SET "orphanedAt" = now()
      WHERE NOT EXISTS (SELECT FROM "MediaVersion" v WHERE v."sha256" = "Blob"."sha256")
        AND NOT EXISTS (SELECT FROM "Rendition" r WHERE r."sha256" = "Blob"."sha256")`

    const all = (await database.media.findMany()).map((media) => ({ ...media, sizeBytes: Number(media.sizeBytes) }))
    const present = all.filter(({ deletedAt }) => deletedAt === null)
    const measure = (media: { sizeBytes: number }[]) => ({
      files: media.length,
      bytes: media.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    })
    const storage = await createFreshAnalytics(world).storage(systemActor)
    const { files, bytes } = measure(present)
    const blobs = await database.blob.findMany({ include: { versions: true, renditions: true } })
    expect(storage).toMatchObject({
      computedAt: now,
      totalFiles: files,
      totalBytes: bytes,
      usedFiles: present.filter(({ unusedSince }) => unusedSince === null).length,
      unusedFiles: present.filter(({ unusedSince }) => unusedSince !== null).length,
      trashedBytes: measure(all.filter(({ deletedAt }) => deletedAt !== null)).bytes,
      storedBytes: blobs.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0),
      deduplicatedBytes: blobs.reduce(
        (sum, { sizeBytes, versions, renditions }) =>
          sum + Math.max(0, versions.length + renditions.length - 1) * Number(sizeBytes),
        0,
      ),
    })
    for (const { kind, ...share } of storage.byKind)
      expect(share).toEqual(measure(present.filter((media) => media.kind === kind)))
    expect(storage.sizeDistribution[0]?.fromBytes).toBe(0)
    for (const { fromBytes, toBytes, ...share } of storage.sizeDistribution)
      expect(share).toEqual(
        measure(present.filter(({ sizeBytes }) => sizeBytes >= fromBytes && (toBytes === null || sizeBytes < toBytes))),
      )
    for (const days of [undefined, 0, 1, 30, 59, 100, 1000]) {
      const limit = daysAgo(days ?? 30)
      const orphans = present.filter(({ unusedSince }) => unusedSince !== null && unusedSince <= limit)
      const neverUsed = orphans.filter(({ unusedSince, uploadedAt }) => unusedSince?.getTime() === uploadedAt.getTime())
      expect(storage.orphans(days)).toEqual({
        ...measure(orphans),
        neverUsed: neverUsed.length,
        noLongerUsed: orphans.length - neverUsed.length,
      })
    }
    for (const [interval, last] of [
      ['DAY', 20],
      ['WEEK', 9],
      ['MONTH', 4],
    ] as const) {
      const points = storage.growth(interval, last)
      expect(points).toHaveLength(last)
      expect(points.at(-1)?.from.getTime()).toBeLessThanOrEqual(now.getTime())
      for (const [index, point] of points.entries()) {
        const until = points[index + 1]?.from ?? new Date(now.getTime() + 1)
        expect(point).toMatchObject(
          measure(present.filter(({ uploadedAt }) => uploadedAt >= point.from && uploadedAt < until)),
        )
        expect(point.totalBytes).toBe(measure(present.filter(({ uploadedAt }) => uploadedAt < until)).bytes)
      }
    }
    expect(storage.growth('MONTH', 3).map(({ from }) => from.toISOString().slice(0, 10))).toEqual([
      '2026-01-01',
      '2026-02-01',
      '2026-03-01',
    ])
    expect(storage.growth('WEEK', 2).map(({ from }) => from.toISOString().slice(0, 10))).toEqual([
      '2026-03-23',
      '2026-03-30',
    ])
    const byUsage = present.toSorted((one, other) => other.usageCount - one.usageCount || (one.id < other.id ? 1 : -1))
    expect((await createFreshAnalytics(world).mostUsed(systemActor, 5, {})).map(({ id }) => id)).toEqual(
      byUsage.slice(0, 5).map(({ id }) => id),
    )
  })

  it('count a media once per course, however often it is used in the course', async ({ world }) => {
    const { database } = world.runtime.ports
    const createResource = (type: string, externalId: string, parentId: string | null = null) =>
      database.resource.create({ data: { type, externalId, parentId } })
    const [law, art] = [await createResource('course', 'law'), await createResource('course', 'art')]
    const chapter = await createResource('chapter', 'law 1', law.id)
    const lesson = await createResource('lesson', 'law 1.1', chapter.id)
    await createResource('course', 'empty')
    const [a = '', b = '', c = ''] = await seedMedia(world, 3)
    const link = (mediaId: string, resourceId: string) => database.mediaUsage.create({ data: { mediaId, resourceId } })
    for (const [media, resource] of [
      [a, law.id],
      [a, chapter.id],
      [a, lesson.id],
      [b, lesson.id],
      [b, art.id],
      [c, art.id],
    ] as const)
      await link(media, resource)
    await database.media.updateMany({ where: { id: c }, data: { sizeBytes: 5 } })
    const shares = await createFreshAnalytics(world).courses(systemActor, 10, {})
    expect(shares.map(({ course, ...share }) => [course.externalId, share])).toEqual([
      ['law', { files: 2, bytes: 2001 }],
      ['art', { files: 2, bytes: 1006 }],
    ])
    expect(await createFreshAnalytics(world).courses(systemActor, 1, {})).toHaveLength(1)
  })

  it('derive the processing figures from the rows of renditions and versions', async ({ world }) => {
    const { database } = world.runtime.ports
    await database.rendition.deleteMany()
    const versions = await database.mediaVersion.findMany({ take: 6, orderBy: { id: 'asc' } })
    const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000)
    const rows = [
      ['QUEUED', null, 90],
      ['PROCESSING', 20, 10],
      ['READY', 30, 20],
      ['READY', 60, 20],
      ['READY', 500, 20],
      ['FAILED', 60, 30],
    ] as const
    for (const [index, [status, startedSeconds, updatedSeconds]] of rows.entries())
      await database.rendition.create({
        data: {
          id: randomUUID(),
          versionId: versions[index]?.id ?? '',
          profile: 'WEBM',
          status,
          startedAt: startedSeconds === null ? null : secondsAgo(startedSeconds),
          updatedAt: secondsAgo(updatedSeconds),
        },
      })
    await database.rendition.create({
      data: {
        versionId: versions[0]?.id ?? '',
        profile: 'GIF',
        status: 'READY',
        startedAt: secondsAgo(200_000),
        updatedAt: secondsAgo(190_000),
      },
    })
    await database.mediaVersion.update({
      where: { id: versions[0]?.id ?? '' },
      data: { status: 'PROCESSING', createdAt: secondsAgo(120) },
    })
    expect(await createFreshAnalytics(world).processing(systemActor)).toEqual({
      queued: 2,
      running: 1,
      oldestQueuedSeconds: 120,
      succeededLast24h: 3,
      failedLast24h: 1,
      medianSecondsByProfile: [{ profile: 'WEBM', seconds: 40 }],
    })
  })
})
