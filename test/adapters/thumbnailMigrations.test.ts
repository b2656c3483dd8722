import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect } from 'vitest'
import { it as base } from '../harness/databaseIt.ts'

const folder = join(import.meta.dirname, '..', '..', 'prisma', 'migrations')
const migrations = readdirSync(folder).filter((name) => /_thumbnail/.test(name))

/** `it` with a connection of the owner to a database as it was before these migrations. */
const it = base.extend('client', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
  const client = new pg.Client({ connectionString: testDatabase.ownerUrl })
  await client.connect()
  onCleanup(() => client.end())
  await client.query(`
    DROP TABLE "Thumbnail"; DROP INDEX "Rendition_withoutThumbnails_idx";
    ALTER TABLE "MediaVersion" DROP COLUMN "placeholder";
    ALTER TABLE "Rendition" DROP COLUMN "hasThumbnails", DROP COLUMN "thumbnailAttempts", DROP COLUMN "thumbnailsDueAt"`)
  return client
})

const readTables = `SELECT "relname" AS "table" FROM pg_class WHERE "relkind" = 'r' AND "relnamespace" = 'public'::regnamespace`

/** Locks that wait for a writer, or make it wait. */
const readLocks = `
  SELECT DISTINCT "relname" AS "table" FROM pg_locks JOIN pg_class ON pg_class.oid = "relation"
  WHERE "pid" = pg_backend_pid() AND "relkind" = 'r' AND "relnamespace" = 'public'::regnamespace
    AND "mode" IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`

describe('the migrations of thumbnails', () => {
  it('each lock one existing table', async ({ client }) => {
    const locked: Record<string, string[]> = {}
    const namesOf = async (statement: string): Promise<string[]> =>
      (await client.query<{ table: string }>(statement)).rows.map(({ table }) => table)
    const existing = new Set(await namesOf(readTables))
    for (const name of migrations) {
      await client.query('BEGIN')
      await client.query(readFileSync(join(folder, name, 'migration.sql'), 'utf8'))
      locked[name.slice(name.indexOf('_') + 1)] = (await namesOf(readLocks)).filter((table) => existing.has(table))
      await client.query('COMMIT')
    }
    expect(locked).toEqual({
      thumbnail_placeholder: ['MediaVersion'],
      thumbnail_state: ['Rendition'],
      thumbnail_state_index: ['Rendition'],
      thumbnails: ['Blob'],
      thumbnail_version: ['MediaVersion'],
    })
  })
})
