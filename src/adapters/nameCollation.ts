import pg from 'pg'

/**
 * SQL condition that the indexes of names are in the order of the installed ICU. With another version of ICU, which an
 * upgrade of the operating system or of the database's image brings, PostgreSQL only warns: names may sort differently
 * than their indexes say, and lists would lose rows.
 */
export const nameCollationIsCurrent = `NOT EXISTS (
  SELECT FROM pg_collation WHERE collname = 'names' AND collversion <> pg_collation_actual_version(oid))`

/** Builds these indexes again, as the owner, in one transaction. */
export const refreshNameCollation = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ schema: string; name: string }>(`
    SELECT nspname AS schema, relname AS name
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE (SELECT oid FROM pg_collation WHERE collname = 'names') = ANY(indcollation)`)
  const indexes = rows.map(({ schema, name }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`)
  await client.query(
    [
      'BEGIN',
      ...indexes.map((index) => `REINDEX INDEX ${index}`),
      'ALTER COLLATION "names" REFRESH VERSION',
      'COMMIT',
    ].join(';'),
  )
}
