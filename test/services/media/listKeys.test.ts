import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { switchVersion } from '../../../src/services/version/succession.ts'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('mediaIds', { scope: 'file' }, ({ world }) => seedMedia(world, 4))

const contentOf = (media: { kind: 'VIDEO' | 'AUDIO' | 'IMAGE' | 'DOCUMENT' | 'OTHER'; sha256: string }) => ({
  kind: media.kind,
  mimeType: 'video/mp4',
  sizeBytes: 1,
  sha256: media.sha256,
  originalFileName: 'a',
})

/** Media whose keys differ from the columns that they repeat. */
const findWrongKeys = (database: Database) => database.$queryRaw`
  SELECT "Media"."id", "durationKey", "durationSeconds", "hasAltText" FROM "Media"
    JOIN "MediaVersion" ON "MediaVersion"."id" = "currentVersionId"
  WHERE "durationKey" <> coalesce("durationSeconds", -1) OR "hasAltText" <> ("altText" IS NOT NULL)`

const steps = fc.array(
  fc.record({
    media: fc.nat(3),
    action: fc.constantFrom('examine', 'describe', 'add version', 'switch'),
    seconds: fc.constantFrom(null, 0, 0.1, 61.5),
    text: fc.constantFrom(null, 'A cell'),
  }),
  { maxLength: 10 },
)

it('the keys of lists follow texts, versions and their durations', async ({ world, mediaIds }) => {
  const { database } = world.runtime.ports
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      for (const { media: index, action, seconds, text } of list) {
        const where = { id: mediaIds[index] ?? '' }
        const media = await database.media.findUniqueOrThrow({ where, include: { versions: true } })
        const { currentVersionId, versions } = media
        if (action === 'describe') await database.media.update({ where, data: { altText: text } })
        if (action === 'examine')
          await database.mediaVersion.update({ where: { id: currentVersionId }, data: { durationSeconds: seconds } })
        if (action === 'add version')
          await database.mediaVersion.create({
            data: { ...contentOf(media), mediaId: where.id, number: versions.length + 1, durationSeconds: seconds },
          })
        const [newest] = versions.toSorted((a, b) => b.number - a.number)
        if (action === 'switch' && newest !== undefined)
          await database.$transaction((transaction) => switchVersion(transaction, newest))
      }
      expect(await findWrongKeys(database)).toEqual([])
    }),
    { numRuns: 25 },
  )
})

it('the migration fills in the keys of media that were there before', async ({ world, mediaIds }) => {
  const { database } = world.runtime.ports
  const [id = ''] = mediaIds
  const { currentVersionId } = await database.media.update({ where: { id }, data: { altText: 'A cell' } })
  await database.mediaVersion.update({ where: { id: currentVersionId }, data: { durationSeconds: 61.5 } })
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  try {
    await owner.query(`UPDATE "Media" SET "durationKey" = -1, "hasAltText" = false`)
    expect(await findWrongKeys(database)).not.toEqual([])
    await owner.query(await readFile('prisma/migrations/20261129145600_list_keys_fill/migration.sql', 'utf8'))
  } finally {
    await owner.end()
  }
  expect(await findWrongKeys(database)).toEqual([])
})
