import { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * Rule of the hash chain, written only in SQL and shared by the sequencer and the verification:
 *
 *     canonical = the text of the JSON array
 *                 [position, id, seconds, action, actorId, nodeType, nodeId, mediaId, data, requestId]
 *     hash      = SHA-256(hash of the position before, 32 bytes ‖ SHA-256(canonical in UTF-8))
 *
 * `seconds` is the event's time since 1970 in UTC, a string with six decimals; ids are lower-case strings; absent
 * values are null. The text is that of PostgreSQL's jsonb: `, ` and `: ` as separators, object keys ordered by length
 * and then by bytes, numbers as they were written (1 and 1.0 differ). The hash before position 1 is 32 zero bytes.
 * JSON separates and escapes values, so that no two events have the same text.
 */
const canonicalSql = (position: Prisma.Sql): Prisma.Sql => Prisma.sql`
  jsonb_build_array(${position}, event."id", extract(epoch FROM event."at")::text, event."action", event."actorId",
    event."nodeType", event."nodeId", event."mediaId", event."data", event."requestId")::text`

export const digestSql = (position: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`sha256(convert_to(${canonicalSql(position)}, 'UTF8'))`

/** Hash before position 1, in hexadecimal. */
export const genesisHash = '00'.repeat(32)

/**
 * Restricts statements about the chain to built-in functions and operators; they therefore name their tables in full.
 * With another search path the owner could put functions of the same names before PostgreSQL's.
 */
export const pinSearchPathSql = Prisma.sql`set_config('search_path', 'pg_catalog', true)`
