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

/** As it would be written in TypeScript; a text of a special kind by its name. */
const formatShape = (shape: Json): string => {
  if (shape.description !== undefined) return shape.description
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (shape.anyOf !== undefined) return shape.anyOf.map((one) => formatShape(one as Json)).join(' | ') // our shapes hold no booleans
  if (shape.type === 'array') return formatList(formatShape(shape.items as Json)) // nor lists of several shapes
  return shape.type === 'object' ? formatFields(shape) : [shape.type].flat().join(' | ')
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|')

const actionRows = Object.entries(actions).map(
  ([name, { when, data }]) =>
    `| \`${name}\` | ${escapeCell(when)} | \`${escapeCell(formatShape(z.toJSONSchema(data)))}\` |`,
)

const faultRows = Object.entries(faultDescriptions).map(([name, reason]) => `| \`${name}\` | ${escapeCell(reason)} |`)

/** docs/events.md, all that an integrator needs to read, follow and check the log. */
export const eventsDocument = `# The log

Printed from \`src/services/event/actions.ts\` by \`npm run schema\`.

Every change of state writes a row in its own transaction: who did what to which node, and when. A rollback leaves none. Rows
are never changed and never removed. One log has three views, all for admins: \`events\` is the audit trail, newest first;
\`eventFeed\` and the subscription \`events\` are the feed, oldest first. A media's own rows are its \`history\`, for editors too.

## Actions

In an \`Event\`, \`nodeId\` and \`mediaId\` are Relay ids. Inside \`data\`, a *Relay id* is \`Type:<uuid>\`, and a *UUID* is the part
after the colon: \`resourceId\` of a \`Resource\`, \`usageId\` of a \`MediaUsage\`, \`removedIds\` of \`Media\`. A field with \`?\` may be
absent. New actions and new fields may come; old ones stay.

| action | written when | \`data\` |
| --- | --- | --- |
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

- Committed rows are numbered 1, 2, 3, … without holes, usually within milliseconds and within a second at worst. A cursor
  is such a position. What commits late is numbered late: a row never appears before a cursor that was handed out.
- Remember the \`cursor\` of the last row that you have dealt with, in your own transaction. After whatever cut you off, go on
  with \`events(after:)\` on any server: first comes what you missed, then what happens. Each row comes once, in order.
- Poll with \`eventFeed(after: endCursor)\` instead if you like: \`endCursor\` is where to go on, also when nothing is new. With
  filters it lies behind all that was looked through.
- \`after\` absent: the feed begins at the first row, the subscription now. To begin now without a gap, take the \`cursor\` of
  \`events(first: 1)\` first.
- \`actions\` and \`nodeId\` filter by equality; a cursor goes with any filter. A cursor that was not handed out here is
  INVALID_INPUT.
- A client library that subscribes again by itself does so with its first \`after\`: switch that off, or use
  \`followEvents\` of \`client/client.ts\`.

## Checking the log

The table \`EventChain\` gives each event its \`position\` and a \`hash\`:

\`\`\`
canonical = the text of the JSON array
            [position, id, seconds, action, actorId, nodeType, nodeId, mediaId, data, requestId]
hash      = SHA-256(hash of the position before, 32 bytes ‖ SHA-256(canonical in UTF-8))
\`\`\`

\`seconds\` is the time since 1970 in UTC, a string with six decimals. Ids are lower-case UUID strings; what is absent is \`null\`.
The text is PostgreSQL's of \`jsonb\`: \`, \` between elements, \`: \` after keys, keys ordered by length and then by bytes, numbers
with the digits that they were written with (\`1\` and \`1.0\` differ), \`"\` \`\\\` and control characters escaped, all other
characters as they are. Before position 1 stand 32 zero bytes. For example, position 1:

\`\`\`
[1, "0198c5f0-0000-7000-8000-000000000001", "1764090000.123000", "user.appeared", null, "User", "0198c5f0-0000-7000-8000-000000000002", null, {"name": "Ada", "externalId": "ada"}, null]
\`\`\`

About once a second while the log grows, its end is kept in storage as an object \`log/heads/<position>-<hash>\`, which nobody who
owns only the database can rewrite: some hundred of them, ever fewer the older they are. One that differs from the chain is
evidence and is never removed.

\`eventsVerify\` reads the whole log, compares every hash and every kept head, and names the first row that is not as it was
written, its position, and what is wrong:

| \`fault\` | \`reason\` |
| --- | --- |
${faultRows.join('\n')}

A restored backup is another log than the one whose heads lie in storage: those behind the moment of the backup speak of events
that are lost. \`eventsVerify\` then says \`CUT_OFF\` or \`REWRITTEN\`, at the first of these heads, for ever, and hides what is
changed behind it. Therefore, before the first server starts on the restored database: compare the heads with the chain, move
the objects behind its last position out of \`log/heads/\`, keep them as a record of what was lost, and see that \`eventsVerify\`
is \`ok\`. Where servers have run already, move those that differ from \`hash\` at their position too. Cursors behind the backup's
end are void: whoever follows the feed begins again at the last row that is still there.

The application's database role can only add to the log; its owner is stopped by triggers, and by this chain if he removes them.
Whoever owns database and storage can rewrite both: copy heads elsewhere if that is a concern.

## Running it

- The migration that adds the chain to an old log holds all writers off until it is done: some ten seconds for half a million
  events. They are numbered afterwards, while the servers run, some ten thousand in a second; until then the feed is behind.
- A server that is closed meanwhile breaks off after a batch. Nothing is lost: the next one goes on.
- A transaction that stays open for long, such as that of \`pg_dump\`, keeps the rows that the sequencer has taken from its queue
  from being cleared away, and it walks over them at each look: the numbering slows down with each event until that
  transaction ends. Dump a replica where the log grows fast.
`
