import { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * The chain's rule, in SQL alone, shared by who writes it and who verifies it:
 *
 *     canonical = the text of the JSON array
 *                 [position, id, seconds, action, actorId, nodeType, nodeId, mediaId, data, requestId]
 *     hash      = SHA-256(hash of the position before, 32 bytes ‖ SHA-256(canonical in UTF-8))
 *
 * `seconds` is the event's time since 1970 in UTC, a string with six decimals; ids are lower-case strings, what is absent
 * is null. The text is PostgreSQL's of jsonb: `, ` and `: ` between parts, the keys of objects by length and then by bytes,
 * numbers as they were written: 1 and 1.0 differ. Before position 1 stand 32 zero bytes.
 * JSON separates and escapes, so that no two events have the same text.
 */
export const canonicalSql = (position: Prisma.Sql): Prisma.Sql => Prisma.sql`
  jsonb_build_array(${position}, event."id", extract(epoch FROM event."at")::text, event."action", event."actorId",
    event."nodeType", event."nodeId", event."mediaId", event."data", event."requestId")::text`

export const digestSql = (position: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`sha256(convert_to(${canonicalSql(position)}, 'UTF8'))`

/** Stands before the first hash, in hexadecimal. */
export const genesisHash = '00'.repeat(32)

/**
 * Statements about the chain see built-in functions and operators alone, and name their tables in full: the owner can put
 * functions of the same names before ours, but not before PostgreSQL's.
 */
export const pinSearchPath = Prisma.sql`set_config('search_path', 'pg_catalog', true)`
