import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import { StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'

const relayId = z.string().describe('Relay id')
/** Of a row, as it stands in a Relay id after the colon. */
const rowId = z.uuid().describe('UUID')
const sha256 = z.string().describe('SHA-256')
const time = z.iso.datetime().describe('ISO 8601')
const profile = z.enum(RenditionProfile)
const failure = { code: z.string() }

/** What it was, and what it has become. */
export interface FieldChange<Value> {
  from: Value
  to: Value
}
const fieldChange = <Value extends z.ZodType>(value: Value) => z.object({ from: value, to: value })

const action = <Data extends z.ZodObject>(when: string, data: Data) => ({ when, data })

/**
 * Every action of the log, noun.verb_past: when it is written, and the shape of its data. docs/events.md is printed from
 * it by `npm run schema`.
 */
export const actions = {
  'user.appeared': action(
    'A token, or an LMS, named somebody who was not known.',
    z.object({ externalId: z.string(), name: z.string() }),
  ),
  'user.changed': action(
    'A token, or an LMS, said something new about somebody.',
    z.object({ name: z.string(), role: z.string(), kind: z.string() }),
  ),
  'upload.created': action(
    'A ticket for bytes to come was handed out.',
    z.object({ fileName: z.string(), sizeBytes: z.int() }),
  ),
  'upload.cancelled': action('Its owner, or an admin, took a ticket back.', z.object({})),
  'upload.expired': action('The bytes did not come in time.', z.object({})),
  'upload.failed': action('The bytes came, but cannot be taken.', z.object(failure)),
  'media.updated': action(
    'Its description was changed, alone or in bulk. Only the fields that have changed.',
    z
      .object({
        externalId: fieldChange(z.string().nullable()),
        title: fieldChange(z.string()),
        fileName: fieldChange(z.string()),
        description: fieldChange(z.string().nullable()),
        altText: fieldChange(z.string().nullable()),
        tags: fieldChange(z.array(z.string())),
        folderId: fieldChange(relayId.nullable()),
      })
      .partial(),
  ),
  'folder.created': action('A folder was made.', z.object({ name: z.string(), parentId: relayId.nullable() })),
  'folder.updated': action(
    'It was renamed or moved. Only the fields that have changed.',
    z.object({ name: fieldChange(z.string()), parentId: fieldChange(relayId.nullable()) }).partial(),
  ),
  'folder.deleted': action('A folder was removed.', z.object({ name: z.string(), parentId: relayId.nullable() })),
  'media.uploaded': action(
    'The bytes of a new media have arrived.',
    z.object({ fileName: z.string(), sizeBytes: z.int(), sha256, versionNumber: z.int() }),
  ),
  'media.processed': action(
    'The bytes of a version were examined and can be shown.',
    z.object({ versionNumber: z.int(), kind: z.string(), mimeType: z.string(), renditions: z.array(profile) }),
  ),
  'media.failed': action(
    'The bytes of a version were examined and cannot be used.',
    z.object({ versionNumber: z.int(), ...failure }),
  ),
  'media.retried': action(
    'The examination of a version, also of one that is not current, was asked for again.',
    z.object({ versionNumber: z.int() }),
  ),
  'version.uploaded': action(
    "The next version's bytes have arrived; it is current once they are found usable, or once it is activated.",
    z.object({ fileName: z.string(), sizeBytes: z.int(), sha256, versionNumber: z.int(), staged: z.boolean() }),
  ),
  'media.replaced': action(
    'A new version has become current.',
    z.object({ versionNumber: z.int(), previousVersionNumber: z.int(), sha256 }),
  ),
  'media.activated': action(
    'Somebody made another version current.',
    z.object({ versionNumber: z.int(), previousVersionNumber: z.int(), sha256 }),
  ),
  'media.merged': action(
    'Of several with equal content this one was kept: what came to it.',
    z.object({
      removedIds: z.array(rowId),
      linksMoved: z.int(),
      assignmentsMoved: z.int(),
      tagsAdded: z.array(z.string()),
    }),
  ),
  'media.linked': action('A resource uses it from now on.', z.object({ resourceId: rowId, usageId: rowId })),
  'media.unlinked': action('A resource no longer uses it.', z.object({ resourceId: rowId })),
  'media.deleted': action(
    'It went into the trash.',
    z.object({ forced: z.boolean(), usageCount: z.int(), assignmentCount: z.int(), purgeAt: time }),
  ),
  'media.restored': action(
    'It came back from the trash; names what could not come back with it.',
    z.object({ lostResourceIds: z.array(rowId), lostUserIds: z.array(rowId) }),
  ),
  'media.purged': action('It was removed for good.', z.object({ title: z.string(), fileName: z.string(), sha256 })),
  'resource.created': action(
    'A resource was named for the first time.',
    z.object({ source: z.string(), type: z.string(), externalId: z.string(), title: z.string().nullable() }),
  ),
  'resource.updated': action(
    'It was changed, or came back.',
    z.object({ title: z.string().nullable(), url: z.string().nullable(), parentId: rowId.nullable() }),
  ),
  'resource.deleted': action(
    'The LMS removed it.',
    z.object({ source: z.string(), type: z.string(), externalId: z.string() }),
  ),
  'operation.requested': action('Bulk work was asked for.', z.object({ kind: z.string(), total: z.int() })),
  'operation.cancelled': action('Bulk work was cancelled.', z.object({ processed: z.int() })),
  'operation.completed': action(
    'Bulk work has ended.',
    z.object({ status: z.string(), succeeded: z.int(), failed: z.int() }),
  ),
  'rendition.requested': action('It was asked for after the upload.', z.object({ profile })),
  'rendition.retried': action('One that failed was asked for again.', z.object({ profile })),
  'rendition.completed': action('It can be shown.', z.object({ profile, sizeBytes: z.int(), sha256 })),
  'rendition.failed': action('It could not be made.', z.object({ profile, ...failure })),
  'rendition.cancelled': action('Its making was given up.', z.object({ profile })),
  'assignment.created': action(
    'Media was given to a user. `revertOfId` names the earlier one that it brings back, `batchId` the batch it is part of.',
    z.object({
      userId: rowId,
      mediaId: rowId,
      previousId: rowId.nullable(),
      revertOfId: rowId.nullable(),
      batchId: rowId.nullable(),
    }),
  ),
  'assignment.replaced': action(
    'Its user was given something else.',
    z.object({ userId: rowId, mediaId: rowId, replacedById: rowId }),
  ),
  'assignment.undone': action(
    'It was taken back within its time.',
    z.object({ userId: rowId, mediaId: rowId, previousId: rowId.nullable() }),
  ),
  'assignment.ended': action(
    'Its media was deleted by force, or its batch was undone.',
    z.object({ userId: rowId, mediaId: rowId, reason: z.enum(['MEDIA_DELETED', 'BATCH_UNDONE']) }),
  ),
  'assignment.restored': action(
    'It is current again: what had replaced it was taken back, or its media was restored.',
    z.object({ userId: rowId, mediaId: rowId, reason: z.enum(['UNDONE', 'BATCH_UNDONE', 'MEDIA_RESTORED']) }),
  ),
  'assignment.moved': action(
    'Its media was merged into another one; a row for each of the two.',
    z.object({ userId: rowId, fromMediaId: rowId, toMediaId: rowId }),
  ),
  'assignmentBatch.created': action(
    'One media was given to many users at once.',
    z.object({ mediaId: rowId, count: z.int() }),
  ),
  'assignmentBatch.undone': action(
    'A batch was taken back: so many of it, those that nobody had undone before.',
    z.object({ mediaId: rowId, count: z.int() }),
  ),
} satisfies Record<string, { when: string; data: z.ZodObject }>

export type Action = keyof typeof actions
export type EventData = { [A in Action]: z.output<(typeof actions)[A]['data']> }
export type MediaChanges = EventData['media.updated']

export const isAction = (text: string): text is Action => Object.hasOwn(actions, text)

export type NodeType =
  | 'Assignment'
  | 'AssignmentBatch'
  | 'Folder'
  | 'User'
  | 'Upload'
  | 'Media'
  | 'MediaVersion'
  | 'Operation'
  | 'Rendition'
  | 'Resource'

export interface EventEntry<A extends Action> {
  action: A
  nodeType: NodeType
  nodeId: string
  mediaId: string | null
  data: EventData[A]
}

/**
 * A keyed call writes only while it is the one that runs. The lock lasts as long as its transaction and shows whoever
 * would take it over that it lives; it lets through what says the same by time.
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

/** A statement's parameter and its rows have to fit into memory, here and there. */
const sliceSize = 20_000

const write = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  entries: readonly EventEntry<A>[],
): Promise<void> => {
  const rows = JSON.stringify(entries.map((entry) => ({ ...entry, id: uuid() })))
  const insertedCount = await transaction.$executeRaw`
    INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
    SELECT "id", "action", ${actorId(actor)}::uuid, "nodeType", "nodeId", "mediaId", "data", ${actor.requestId}
    FROM jsonb_to_recordset(${rows}::jsonb)
      AS entry("id" uuid, "action" text, "nodeType" text, "nodeId" uuid, "mediaId" uuid, "data" jsonb)
    ${leaseCondition(actor)}`
  if (insertedCount === 0)
    throw new StateConflictError(
      'This call was silent for so long that it was taken for dead, and changes nothing more. Send it again under its key to learn what became of it.',
    )
}

/**
 * Writes log rows in the caller's transaction: a rollback leaves none of them. One statement for any usual number; ids
 * that grow keep the order within one moment.
 */
export const record = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  entries: EventEntry<A> | readonly EventEntry<A>[],
): Promise<void> => {
  const all = [entries].flat()
  for (let from = 0; from < all.length; from += sliceSize)
    await write(transaction, actor, all.slice(from, from + sliceSize))
}
