import { expect } from 'vitest'
import { blobReferences } from '../../../src/services/storage/blobReferences.ts'
import { it } from '../../harness/databaseIt.ts'
import { query, type TestDatabase } from '../../harness/postgres.ts'

/** Returns the foreign keys to these tables, each as `Table.column`. */
const foreignKeysTo = async ({ ownerUrl }: TestDatabase, ...tables: string[]): Promise<string[]> => {
  const rows: { name: string }[] = await query(
    ownerUrl,
    `SELECT source.relname || '.' || string_agg(attribute.attname, ',') AS name
     FROM pg_constraint JOIN pg_class AS source ON source.oid = conrelid JOIN pg_class AS target ON target.oid = confrelid
       JOIN pg_attribute AS attribute ON attribute.attrelid = conrelid AND attribute.attnum = ANY(conkey)
     WHERE contype = 'f' AND target.relname IN (${tables.map((table) => `'${table}'`)})
     GROUP BY pg_constraint.oid, source.relname`,
  )
  return rows.map(({ name }) => name).toSorted()
}

const referringTables = blobReferences.map(({ table }) => table)

it('lists every foreign key to a blob', async ({ testDatabase }) => {
  expect(await foreignKeysTo(testDatabase, 'Blob')).toEqual(
    referringTables.map((table) => `${table}.sha256`).toSorted(),
  )
})

/** Foreign keys to deleted rows, of rows that a purge does not delete by itself. */
const reasonsNotToDelete = {
  'Assignment.heldMediaId': 'Assignments stay; ON DELETE SET NULL.',
  'MediaUsage.mediaId': 'Media in the trash have none.',
  'RememberedUsage.mediaId': 'Deleted by ON DELETE CASCADE.',
}

it('lets a purge delete every row that refers to the media or to its files', async ({ testDatabase }) => {
  const purgedTables = ['Media', ...referringTables]
  const foreignKeys = await foreignKeysTo(testDatabase, ...purgedTables)
  const remaining = foreignKeys.filter((name) => !purgedTables.includes(name.replace(/\..*/, '')))
  expect(remaining).toEqual(Object.keys(reasonsNotToDelete).toSorted())
})
