import { v7 as uuid } from 'uuid'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { NodeName } from '../kernel/ids.ts'
import type { Transaction } from '../kernel/ports.ts'
import { type Action, actions, type EventData } from './actions.ts'

/** References to the node of a log row, by its relation to the media that the row also names. */
interface NodeReferences {
  /** The node is the media. */
  self: { id: string; mediaId?: never }
  /** The node belongs to a media. */
  parent: { id: string; mediaId: string }
  none: { id: string; mediaId?: never }
}

const mediaOfNode = {
  Assignment: 'parent',
  AssignmentBatch: 'parent',
  Event: 'none',
  Folder: 'none',
  Media: 'self',
  MediaUsage: 'parent',
  MediaVersion: 'parent',
  Operation: 'none',
  Rendition: 'parent',
  Resource: 'none',
  Upload: 'parent',
  User: 'none',
} as const satisfies Record<NodeName, keyof NodeReferences>

type EventNode<A extends Action> = NodeReferences[(typeof mediaOfNode)[(typeof actions)[A]['nodeType']]]
type EventEntry<A extends Action> = EventNode<A> & { data: EventData[A] }

/**
 * Lets a call with an idempotency key write only while it holds its lease. The row lock lasts until the transaction
 * ends and shows a server that wants to take the call over that it is still running. FOR KEY SHARE does not block the
 * heartbeat, which proves the same by its timestamp.
 */
const leaseCondition = (actor: Actor): Prisma.Sql =>
  actor.type === 'user' && actor.idempotencyKey !== undefined
    ? Prisma.sql`WHERE EXISTS (
        SELECT 1 FROM "IdempotentCall"
        WHERE "userId" = ${actor.userId}::uuid AND "key" = ${actor.idempotencyKey}
          AND "requestId" = ${actor.requestId} AND "state" = 'RUNNING'
        FOR KEY SHARE
      )`
    : Prisma.empty

/** The parameter and the rows of one statement have to fit into the memory of this process and of PostgreSQL. */
const maxRowsPerStatement = 20_000

/** Makes the columns of a log row that do not depend on its call. */
const toRow = (action: Action, { id, mediaId, data }: { id: string; mediaId?: string; data: object }) => {
  const isMedia = mediaOfNode[actions[action].nodeType] === 'self'
  return { id: uuid(), nodeId: id, mediaId: isMedia ? id : mediaId, data }
}

const write = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  action: A,
  entries: readonly EventEntry<A>[],
  change: Prisma.Sql = Prisma.empty,
): Promise<void> => {
  const rows = entries.map((entry) => toRow(action, entry))
  const source = Prisma.sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    AS entry("id" uuid, "nodeId" uuid, "mediaId" uuid, "data" jsonb)`
  const insertedCount = await transaction.$executeRaw(Prisma.sql`${change}${eventInsert(actor, action, source)}`)
  if (insertedCount === 0) throw lostLease()
}

/** Makes the error for a call whose `eventInsert` inserted none of its rows. */
export const lostLease = (): Error =>
  new StateConflictError(
    'This request lost its idempotency lease and made no further changes. Retry with the same key to get its result.',
  )

/**
 * Statement that writes a log row for each row of `source`, which has the columns `id`, `nodeId`, `mediaId` and `data`; also
 * as part of the statement that makes the change. The caller makes the ids: version 7, ascending in the order of the rows.
 */
export const eventInsert = (actor: Actor, action: Action, source: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO public."Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT "id", ${action}, ${actorId(actor)}::uuid, ${actions[action].nodeType}, "nodeId", "mediaId", "data", ${actor.requestId}
  FROM ${source}
  ${leaseCondition(actor)}`

/**
 * Statement like `eventInsert` for the changes of several calls, none of which has an idempotency key: `source` has the
 * columns `actorId` and `requestId`, too.
 */
export const eventInsertForCalls = (action: Action, source: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO public."Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT "id", ${action}, "actorId", ${actions[action].nodeType}, "nodeId", "mediaId", "data", "requestId"
  FROM ${source}`

/**
 * Writes a log row in the caller's transaction, so that a rollback removes it. For a node that belongs to a media,
 * `node` names that media too.
 */
export const record = <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  action: A,
  node: EventNode<A>,
  data: EventData[A],
): Promise<void> => write(transaction, actor, action, [{ ...node, data }])

/**
 * Writes a log row for each entry, like `record`, in the statement that makes the change: `change` is the SQL of its
 * INSERT or UPDATE.
 */
export const recordWith = <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  action: A,
  entries: readonly EventEntry<A>[],
  change: Prisma.Sql,
): Promise<void> => write(transaction, actor, action, entries, Prisma.sql`WITH change AS (${change})`)

/** Writes a log row for each entry, like `recordWith`, for several calls without idempotency keys. */
export const recordForCalls = async <A extends Action>(
  transaction: Transaction,
  action: A,
  entries: readonly (EventEntry<A> & { actor: Actor })[],
  change: Prisma.Sql,
): Promise<void> => {
  const rows = entries.map(({ actor, ...entry }) => {
    return { ...toRow(action, entry), actorId: actorId(actor), requestId: actor.requestId }
  })
  const source = Prisma.sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS entry(
    "id" uuid, "nodeId" uuid, "mediaId" uuid, "data" jsonb, "actorId" uuid, "requestId" text)`
  await transaction.$executeRaw(Prisma.sql`WITH change AS (${change})${eventInsertForCalls(action, source)}`)
}

/**
 * Writes a log row for each entry, like `record`. One statement suffices for any usual number of rows; ascending ids
 * keep the order of rows with the same time.
 */
export const recordAll = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  action: A,
  entries: readonly EventEntry<A>[],
): Promise<void> => {
  for (let from = 0; from < entries.length; from += maxRowsPerStatement)
    await write(transaction, actor, action, entries.slice(from, from + maxRowsPerStatement))
}
