import { describe, expect } from 'vitest'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/mediaIt.ts'

const placeholder = ''

const it = base.extend('purged', async ({ world, createMedia }) => {
  const { services, ports } = world.runtime
  const mediaId = uuidOf(await createMedia())
  const { id: versionId } = await ports.database.mediaVersion.findFirstOrThrow({ where: { mediaId } })
  const sha256 = crypto.randomUUID().replaceAll('-', '').padEnd(64, '0')
  await ports.database.blob.create({ data: { sha256, sizeBytes: 4 } })
  await services.thumbnails.save(versionId, { placeholder, files: [{ width: 160, sha256, sizeBytes: 4 }] })
  // The statement of processes that do not know thumbnails.
  await ports.database.$executeRaw`
    WITH "deletedRendition" AS (DELETE FROM "Rendition" WHERE "versionId" = ${versionId}::uuid),
      "deletedVersion" AS (DELETE FROM "MediaVersion" WHERE "id" = ${versionId}::uuid)
    DELETE FROM "Media" WHERE "id" = ${mediaId}::uuid`
  return { sha256, readBlob: () => ports.database.blob.findUniqueOrThrow({ where: { sha256 } }) }
})

describe('a purge by a process of the version before thumbnails', () => {
  it('deletes the thumbnails', async ({ world, purged: { sha256 } }) => {
    expect(await world.runtime.ports.database.thumbnail.count({ where: { sha256 } })).toBe(0)
  })

  it('leaves blobs of thumbnails, which are marked as orphaned later', async ({ world, purged: { readBlob } }) => {
    expect((await readBlob()).orphanedAt).toBeNull()
    expect(await world.runtime.services.blobs.markUnreferenced()).toBeGreaterThan(0)
    expect((await readBlob()).orphanedAt).not.toBeNull()
  })
})

describe('marking unreferenced blobs', () => {
  it('leaves those that are referenced', async ({ world, createMedia }) => {
    const { database } = world.runtime.ports
    const where = { mediaId: uuidOf(await createMedia()) }
    const { sha256 } = await database.mediaVersion.findFirstOrThrow({ where })
    await world.runtime.services.blobs.markUnreferenced()
    expect((await database.blob.findUniqueOrThrow({ where: { sha256 } })).orphanedAt).toBeNull()
  })
})
