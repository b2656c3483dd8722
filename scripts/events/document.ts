import { z } from 'zod'
import { actions } from '../../src/services/event/actions.ts'
import { faultDescriptions } from '../../src/services/event/verification.ts'

type Json = z.core.JSONSchema.BaseSchema

const formatFields = ({ properties = {}, required = [] }: Json): string => {
  const fields = Object.entries(properties).map(([name, shape]) =>
    typeof shape === 'boolean' ? name : `${name}${required.includes(name) ? '' : '?'}: ${formatShape(shape)}`,
  )
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

const formatList = (item: string): string => (item.includes(' | ') ? `(${item})[]` : `${item}[]`)

/** Formats a shape as a TypeScript type; shapes with a description, such as ids, appear as that description. */
const formatShape = (shape: Json): string => {
  if (shape.description !== undefined) return shape.description
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (shape.anyOf !== undefined) return shape.anyOf.map((member) => formatShape(member as Json)).join(' | ') // our shapes contain no boolean schemas
  if (shape.type === 'array') return formatList(formatShape(shape.items as Json)) // nor tuples
  return shape.type === 'object' ? formatFields(shape) : [shape.type].flat().join(' | ')
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|')

const actionRows = Object.entries(actions).map(
  ([name, { nodeType, when, data }]) =>
    `| \`${name}\` | \`${nodeType}\` | ${escapeCell(when)} | \`${escapeCell(formatShape(z.toJSONSchema(data)))}\` |`,
)

const faultRows = Object.entries(faultDescriptions).map(([name, reason]) => `| \`${name}\` | ${escapeCell(reason)} |`)

/** Text of docs/events.md: how to read, follow and verify the log. */
export const eventsDocument = `# The event log

Printed from \`src/services/event/actions.ts\` by \`npm run schema\`.

Every change of state adds a row to the log in its own transaction: who did what to which node, and when. A rollback leaves no
row. Rows are never changed or removed. The log has three views:

- the audit trail, newest first, for admins: the query \`events\`;
- the feed, oldest first, for admins: the query \`eventFeed\` and the subscription \`events\`;
- the history of one media, newest first, for editors too: \`Media.history\`.

## Actions

In an \`Event\`, \`nodeId\` and \`mediaId\` are Relay ids; the column *node* tells the type of \`nodeId\`. Inside \`data\`, a *Relay id* is
\`Type:<uuid>\`, and a *UUID* is the part after the colon: \`resourceId\` identifies a \`Resource\`, \`usageId\` a \`MediaUsage\`,
\`removedIds\` several \`Media\`. A field with \`?\` may be absent. New actions and new fields may be added; existing ones stay.

| action | node | written when | \`data\` |
| --- | --- | --- | --- |
${actionRows.join('\n')}

## Following the feed

\`\`\`graphql
query Feed($after: String) {
  eventFeed(after: $after, first: 100) { nodes { id cursor at action nodeId data } endCursor hasNextPage }
}
subscription Follow($after: String) {
  events(after: $after) { id cursor at action nodeId data }
}
\`\`\`

- Committed rows are numbered 1, 2, 3, … without gaps, usually within milliseconds of the commit and normally within a second.
  A cursor is such a position. A row that commits late gets a later number: no row ever appears before a cursor that you have
  already received.
- Store the \`cursor\` of the last row that you processed, in the transaction that processed it. After an interruption continue
  with \`events(after:)\` on any server: it first delivers the rows that you missed, then new ones. Each row comes once, in order.
- To poll instead, call \`eventFeed(after: endCursor)\`. Continue from \`endCursor\` even if there were no new rows. With filters
  it is the position up to which the log was searched, so the next call does not search the same rows again.
- Without \`after\`, the feed starts at the first row, and the subscription starts at the end that the log has when the server
  sets it up. Over a WebSocket nothing tells when that is: an event that is committed right after \`subscribe\` was sent may
  come before it. Over an event stream, the server has set the subscription up when the headers of its response arrive.
- To start now without a gap, read \`eventFeed(after: "now")\`: its page is empty, and its \`endCursor\` is the present end of
  the log. Every event that is committed after the answer has a later position, so \`events(after: endCursor)\` delivers it,
  however long the subscription takes to start. Events that were committed shortly before, but not numbered yet, follow too.
  A subscription cannot start after \`now\` itself, because its first message would have to be an event.
- \`actions\` and \`nodeId\` filter by equality. A cursor may be used with any filter. A cursor that this API did not return is
  refused with INVALID_INPUT.
- Subscribers with the same document, variables and role share the work for each event: send the same text
  from all clients, and values as variables. Fields whose result depends on the caller, such as \`externalId\` of a user,
  \`viewerCanUpdate\` or \`assignments\`, are computed for each caller; a document for many subscribers does without them.
- Some client libraries resubscribe automatically and repeat their first \`after\`. Switch that off, or use \`followEvents\` of
  \`client/client.ts\`.

## Verifying the log

The table \`EventChain\` gives each event its \`position\` and a \`hash\`:

\`\`\`
canonical = the text of the JSON array
            [position, id, seconds, action, actorId, nodeType, nodeId, mediaId, data, requestId]
hash      = SHA-256(hash of the previous position, 32 bytes ‖ SHA-256(canonical in UTF-8))
\`\`\`

\`seconds\` is the number of seconds since 1970-01-01 00:00 UTC, a string with six decimals. Ids are lower-case UUID strings; absent values are
\`null\`. The text is that of PostgreSQL's \`jsonb\`: \`, \` between elements, \`: \` after keys, keys ordered by length and then by
bytes, numbers with the digits that they were written with (\`1\` and \`1.0\` differ), \`"\` \`\\\` and control characters escaped,
all other characters unescaped. The hash before position 1 is 32 zero bytes. For example, position 1 may have the canonical text:

\`\`\`
[1, "0198c5f0-0000-7000-8000-000000000001", "1764090000.123000", "user.appeared", null, "User", "0198c5f0-0000-7000-8000-000000000002", null, {"name": "Ada", "externalId": "ada"}, null]
\`\`\`

While the log grows, a checkpoint is saved about once a second: the last position and its hash, as an object
\`log/heads/<position>-<hash>\` (the position padded to 16 digits) in storage, where the owner of the database cannot rewrite it. About a hundred checkpoints are
kept, fewer the older they are. A checkpoint that differs from the chain proves that the log was changed and is never removed.

### Verifying what you were shown

\`eventsVerify\` is an answer of the server. To check the log without trusting it, recompute the chain from what the feed shows:

\`\`\`sh
TOKEN=… node client/verifyFeed.ts https://media.example.com/graphql
\`\`\`

The script is one file that needs Node 24 alone. It reads \`eventFeed\` from the first event on with the token of an admin, and
computes the rule above: \`id\`, \`actor.id\`, \`nodeId\` and \`mediaId\` without their types, \`at\` as \`seconds\`, the position from
\`cursor\`. \`Event.hash\` is the hash that the server states, with which the script names the first position that was changed. It
prints the head of the chain, \`<position>-<hash>\`, and exits with one of these codes:

| code | meaning |
| --- | --- |
| 0 | Every event up to this head fits. |
| 1 | A position is missing or was changed; the script names it with the last head that fits. |
| 2 | The events could not be read to the end, for example without a connection; the script names the error and the last head. |

If the server limits the rate of calls or is unavailable, the script waits for as long as the server asks. The stated hashes
alone prove nothing: compare the head with the name of the checkpoint in \`log/heads/\` at this position, and keep it. The next
run continues from it, \`node client/verifyFeed.ts <url> <head>\`, and finds every change of what you were shown before if it
starts from the beginning and prints another head at the same position. Events that you stored, one per line as JSON, are
verified with \`node client/verifyFeed.ts < events.jsonl\`.

### Verifying as an admin

\`eventsVerify\` reads the whole log and compares every hash and every checkpoint. It reports the first damaged event, its
position and the fault. The owner of the tables could show the truth to this verification and something else to other readers.
It therefore reads only under locks that keep the tables from being renamed, and only if \`Event\`, \`EventChain\` and
\`EventPending\` are the tables that the migrations created: of the same owner, without rules, row security, parent or child
tables, computed columns and foreign triggers. The search path of its connection must be that of all connections of the servers:
PostgreSQL's own names first, then the schema \`public\`. They ask for it when they connect, so that a path which the owner sets
for the database or for a role has no effect: with another one, operators of the owner could hide events from other readers.
Otherwise it reports \`DISGUISED\`, and \`reason\` says why:

| \`fault\` | \`reason\` |
| --- | --- |
${faultRows.join('\n')}

### After restoring a backup

A restored backup is not the log that the checkpoints in storage describe: the checkpoints saved after the backup cover events
that are lost. \`eventsVerify\` would permanently report \`CUT_OFF\` or \`REWRITTEN\` at the first of these checkpoints, and would
not report any change after it. Therefore, before you start the first server on the restored database:

1. Compare the checkpoints with the chain: the name of each object in \`log/heads/\` holds a position and a hash, as
   \`EventChain\` does.
2. Move the objects beyond the last position of the chain out of \`log/heads/\`, and keep them as a record of what was lost.
3. If servers have already run on the restored database, also move the checkpoints whose hash differs from \`hash\` at their
   position.
4. Check that \`eventsVerify\` reports \`ok\`.

Cursors beyond the end of the backup are no longer valid: a client of the feed has to restart from the last row that still
exists.

### Limits

The database role of the application can only add rows to the log. The owner of the tables is stopped by triggers and, if they
are removed, detected by this chain. An attacker who controls both database and storage can rewrite both: if that is a concern,
copy the checkpoints elsewhere.

## Operating it

- The migration that adds the chain to an existing log blocks all writers until it is done: about ten seconds for half a million
  events. The servers then number the existing events while they run, about ten thousand per second; until then the feed lags
  behind.
- A server that is shut down during this work stops after the current batch. Nothing is lost: the next server continues.
- A long transaction, such as that of \`pg_dump\`, prevents PostgreSQL from removing the rows that the sequencer has deleted from
  its queue. Each poll has to scan them again, so numbering slows down with every event until that transaction ends. If the log
  grows fast, dump a replica.
`
