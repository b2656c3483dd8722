import { expect, it, onTestFinished } from 'vitest'
import { migrate } from '../../src/adapters/migrate.ts'
import { createTestDatabase, query } from '../harness/postgres.ts'

const readVersions = `SELECT collversion AS version, pg_collation_actual_version(oid) AS installed
  FROM pg_collation WHERE collname = 'names'`

it('the migration builds the indexes of names again for another version of ICU', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  await query(
    database.ownerUrl,
    `DROP COLLATION "names" CASCADE;
     CREATE COLLATION "names" (provider = icu, locale = 'en-u-kn-ks-level1', deterministic = false, version = '1');
     CREATE INDEX "some names" ON "User" ("name" COLLATE "names")`,
  )
  const readFile = `SELECT relfilenode FROM pg_class WHERE relname = 'some names'`
  const [before] = await query(database.ownerUrl, readFile)
  const logs: string[] = []
  const log = { info: (_fields: object, message: string) => void logs.push(message) }
  await migrate({ ...database, log })
  expect(logs).toEqual(['Building the indexes of names again for another version of ICU'])
  expect(await query(database.ownerUrl, readFile)).not.toEqual([before])
  const [versions] = await query(database.ownerUrl, readVersions)
  expect(versions.version).toBe(versions.installed)
})
