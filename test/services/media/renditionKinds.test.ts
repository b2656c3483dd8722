import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { MediaKind, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { parsePage } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { countMedia } from '../../../src/services/media/count.ts'
import { type MediaFilter, parseFilter, resolveFilter } from '../../../src/services/media/filter.ts'
import { parseOrder } from '../../../src/services/media/order.ts'
import { type PageRow, pageSql } from '../../../src/services/media/pageSql.ts'
import { it as base } from '../../harness/it.ts'
import { findExpectedIds, readLibraryModel } from '../../harness/libraryModel.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('library', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 600).finally(() => owner.end())
  return readLibraryModel(world.runtime.ports.database)
})

const order = parseOrder({ by: 'UPLOADED_AT', direction: 'DESC' }, false)

/** The first hundred media of a list and its plan, if no media are few. */
const read = async (database: Database, filter: MediaFilter, renditions: number) => {
  const resolved = await resolveFilter(database, parseFilter(filter), false, { rechecked: 0, sorted: 0, renditions })
  const rows = await database.$queryRaw<PageRow[]>(pageSql(resolved, order, parsePage({ first: 100 }, order.cursor)))
  const { count } = await countMedia(database, resolved)
  return { ids: rows.slice(0, 100).map(({ id }) => id), count, isLookup: resolved.plan.lookup }
}

describe('media of some kinds with renditions of some status', () => {
  it('are those that the model finds, whether the renditions are few or many', async ({ world, library }) => {
    const filters = fc.record(
      {
        renditionStatuses: fc.subarray(Object.values(RenditionStatus), { minLength: 1 }),
        kinds: fc.subarray(Object.values(MediaKind)),
        mimeType: fc.constantFrom('video/mp4', 'application/pdf', 'image/png', 'text/html'),
        used: fc.boolean(),
      },
      { requiredKeys: ['renditionStatuses'] },
    )
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(0, 60, 1e9), async (filter, renditions) => {
        const expected = findExpectedIds(library, filter, { by: 'UPLOADED_AT', direction: 'DESC' })
        const { ids, count } = await read(world.runtime.ports.database, filter, renditions)
        expect(ids).toEqual(expected.slice(0, 100))
        expect(count).toBe(expected.length)
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it.for<MediaFilter>([{ kinds: ['DOCUMENT'] }, { mimeType: 'application/pdf' }])(
    'are looked up if %j has no renditions',
    async (filter, { world, library }) => {
      expect(library.media.some(({ kind }) => kind === 'DOCUMENT')).toBe(true)
      const { database } = world.runtime.ports
      const { ids, isLookup } = await read(database, { ...filter, renditionStatuses: ['READY'] }, 0)
      expect(ids).toEqual([])
      expect(isLookup).toBe(true)
      expect((await read(database, { renditionStatuses: ['READY'], kinds: ['VIDEO'] }, 0)).isLookup).toBe(false)
    },
  )
})

describe('the kind of a rendition', () => {
  const kindsOf = async (database: Database, versionId: string) =>
    (await database.rendition.findMany({ where: { versionId } })).map(({ kind }) => kind)

  it('is that of its version', async ({ world }) => {
    const { database } = world.runtime.ports
    const [id = ''] = await seedMedia(world, 1)
    const { currentVersionId } = await database.media.findUniqueOrThrow({ where: { id } })
    await database.mediaVersion.update({ where: { id: currentVersionId }, data: { kind: 'AUDIO' } })
    await database.rendition.createMany({ data: [{ versionId: currentVersionId, profile: 'WEBP' }] })
    expect(await kindsOf(database, currentVersionId)).toContain('AUDIO')
  })

  it('changes with that of its version', async ({ world }) => {
    const { database } = world.runtime.ports
    const [id = ''] = await seedMedia(world, 1)
    const { currentVersionId } = await database.media.findUniqueOrThrow({ where: { id } })
    await database.rendition.createMany({ data: [{ versionId: currentVersionId, profile: 'WEBP' }] })
    await database.mediaVersion.update({ where: { id: currentVersionId }, data: { kind: 'OTHER' } })
    expect(new Set(await kindsOf(database, currentVersionId))).toEqual(new Set(['OTHER']))
  })
  it('is filled in by the migration, for renditions that were there before', async ({ world, library }) => {
    expect(library.media.length).toBe(600)
    const owner = await openSession(world.env['DATABASE_OWNER_URL'])
    try {
      await owner.query('UPDATE "Rendition" SET "kind" = NULL')
      await owner.query(await readFile('prisma/migrations/20261129120700_rendition_kind_fill/migration.sql', 'utf8'))
      const { rows } = await owner.query(`
        SELECT count(*)::int AS "all", count(*) FILTER (WHERE "Rendition"."kind" = "MediaVersion"."kind")::int AS "right"
        FROM "Rendition" JOIN "MediaVersion" ON "MediaVersion"."id" = "versionId"`)
      expect(rows[0].all).toBeGreaterThan(1000)
      expect(rows[0].right).toBe(rows[0].all)
    } finally {
      await owner.end()
    }
  })
})
