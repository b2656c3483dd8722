import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Transaction } from '../kernel/ports.ts'
import { pinSearchPathSql } from './hashChain.ts'

/** Triggers that the migrations create on the tables of the log, with the SHA-256 of their function's source. */
const triggers = [
  {
    definition:
      'CREATE TRIGGER "Event_append_only" BEFORE DELETE OR UPDATE OR TRUNCATE ON public."Event" FOR EACH STATEMENT EXECUTE FUNCTION public."refuseEventChange"()',
    sourceSha256: 'd5c0609758247d62e5ab98c9481b6290ddd0bec32661e725bc567ed5af1a1406',
  },
  {
    definition:
      'CREATE TRIGGER "Event_pending" AFTER INSERT ON public."Event" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public."enqueueEvents"()',
    sourceSha256: '12a7ab6db628f039b8e6c950c01e68763c4987c83193668ffd2b0f490fde929f',
  },
  {
    definition:
      'CREATE TRIGGER "EventChain_append_only" BEFORE DELETE OR UPDATE OR TRUNCATE ON public."EventChain" FOR EACH STATEMENT EXECUTE FUNCTION public."refuseEventChange"()',
    sourceSha256: 'd5c0609758247d62e5ab98c9481b6290ddd0bec32661e725bc567ed5af1a1406',
  },
  {
    definition:
      'CREATE TRIGGER "EventChain_next" AFTER INSERT ON public."EventChain" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public."requireNextPosition"()',
    sourceSha256: 'e134fc47c208ab48fa8408ef5d059fcb278e1808b0416cb2f1d6182070e5e54a',
  },
]

/**
 * Properties by which a name could show other rows to this session than to other readers, or keep rows out of the log:
 * each names what it finds. All of them are read from the system catalogs, which only a superuser can falsify.
 */
const checks = Prisma.join(
  [
    Prisma.sql`SELECT "oid" IS NULL, 'does not exist'`,
    Prisma.sql`SELECT "relkind" <> 'r', 'is not a table'`,
    Prisma.sql`SELECT "relam" <> (SELECT "oid" FROM pg_am WHERE "amname" = 'heap'), 'has another storage than tables'`,
    Prisma.sql`SELECT "relowner" <> (SELECT "relowner" FROM pg_class WHERE "oid" = to_regclass('public._prisma_migrations')),
      'has another owner than the migrations'`,
    Prisma.sql`SELECT EXISTS (SELECT FROM pg_rewrite WHERE "ev_class" = "table"."oid"), 'has rules'`,
    Prisma.sql`SELECT "relrowsecurity" OR "relforcerowsecurity"
      OR EXISTS (SELECT FROM pg_policy WHERE "polrelid" = "table"."oid"), 'has row security'`,
    Prisma.sql`SELECT EXISTS (SELECT FROM pg_inherits WHERE "table"."oid" IN ("inhrelid", "inhparent")),
      'has parent or child tables'`,
    Prisma.sql`SELECT EXISTS (
        SELECT FROM pg_attribute JOIN pg_type ON pg_type."oid" = "atttypid"
        WHERE "attrelid" = "table"."oid" AND "attnum" > 0
          AND ("attgenerated" <> '' OR "typnamespace" <> to_regnamespace('pg_catalog'))
      ), 'has a computed column, or one of another type'`,
    Prisma.sql`SELECT EXISTS (
        SELECT FROM pg_trigger JOIN pg_proc ON pg_proc."oid" = "tgfoid"
        WHERE "tgrelid" = "table"."oid" AND NOT "tgisinternal" AND NOT EXISTS (
          SELECT FROM jsonb_to_recordset(${JSON.stringify(triggers)}::jsonb) AS own("definition" text, "sourceSha256" text)
          WHERE own."definition" = pg_get_triggerdef(pg_trigger."oid")
            AND own."sourceSha256" = encode(sha256(convert_to("prosrc", 'UTF8')), 'hex')
        )
      ), 'has a trigger that no migration created'`,
  ],
  ' UNION ALL ',
)

const inspectionSql = Prisma.sql`
  SELECT "table"."name", "table"."oid"::int8::text AS "oid", (
    SELECT string_agg("finding", ', ') FROM (${checks}) AS "check"("found", "finding") WHERE "found"
  ) AS "findings"
  FROM (
    SELECT log."name", pg_class.* FROM unnest(ARRAY['Event', 'EventChain', 'EventPending']) AS log("name")
      LEFT JOIN pg_class ON pg_class."oid" = to_regclass('public."' || log."name" || '"')
  ) AS "table" ORDER BY "table"."name"`

/**
 * Whether this connection finds built-in names first and then ours, as its startup options demand. Every operator and
 * function is named in full: no path is pinned yet.
 */
const searchPathSql = Prisma.sql`
  SELECT pg_catalog.current_schemas(true) OPERATOR(pg_catalog.=)
    ARRAY['pg_catalog', 'public']::pg_catalog.name[] AS "isOwn"`

/** The tables of the log are not what the migrations created, so that nothing read from them can be trusted. */
export class DisguisedTablesError extends Error {}

/** Identity of the tables: a table that takes the place of another gets another one. */
type TableIds = string

const inspect = async (transaction: Transaction): Promise<TableIds> => {
  const rows =
    await transaction.$queryRaw<{ name: string; oid: string | null; findings: string | null }[]>(inspectionSql)
  const findings = rows.flatMap(({ name, findings: text }) => (text === null ? [] : `"${name}" ${text}.`))
  if (findings.length > 0) throw new DisguisedTablesError(findings.join(' '))
  return rows.map(({ oid }) => oid).join(' ')
}

/**
 * Prepares a transaction to read the log as it is: pins the search path, keeps the tables from being renamed or replaced
 * until the transaction ends, and requires that they are plain tables of ours. Returns their identity, which must stay the
 * same from one transaction of a verification to the next; rejects with DisguisedTablesError.
 */
export const lockLogTables = async (transaction: Transaction, previousIds: TableIds | null): Promise<TableIds> => {
  const [searchPath] = await transaction.$queryRaw<{ isOwn: boolean }[]>(searchPathSql)
  await transaction.$queryRaw`SELECT ${pinSearchPathSql}`
  await inspect(transaction) // a table that does not exist cannot be locked
  if (searchPath?.isOwn !== true)
    throw new DisguisedTablesError(
      'The search path of this server is not its own: it may find other tables or operators.',
    )
  await transaction.$executeRaw`LOCK TABLE public."Event", public."EventChain", public."EventPending" IN ACCESS SHARE MODE`
  const ids = await inspect(transaction)
  if (previousIds !== null && ids !== previousIds)
    throw new DisguisedTablesError('A table was replaced by another one during the verification.')
  return ids
}
