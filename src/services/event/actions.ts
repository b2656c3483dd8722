import { z } from 'zod'
import { IntegrityFault, RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import type { NodeName } from '../kernel/ids.ts'

const relayId = z.string().describe('Relay id')
/** UUID of a row: the part of a Relay id after the colon. */
const rowId = z.uuid().describe('UUID')
const sha256 = z.string().describe('SHA-256')
const time = z.iso.datetime().describe('ISO 8601')
const profile = z.enum(RenditionProfile)
const failure = { code: z.string() }

/** Value of a field before and after a change. */
const fieldChange = <Value extends z.ZodType>(value: Value) => z.object({ from: value, to: value })

const action = <Type extends NodeName, Data extends z.ZodObject>(nodeType: Type, when: string, data: Data) => ({
  nodeType,
  when,
  data,
})

/**
 * Actions of the log, named `noun.verb_past`: the type of the node that each is about, when it is written, and the shape
 * of its data. `npm run schema` prints docs/events.md from this table.
 */
export const actions = {
  'user.appeared': action(
    'User',
    'A user was created, from a token or by `userUpsert`.',
    z.object({ externalId: z.string(), name: z.string() }),
  ),
  'user.changed': action(
    'User',
    'The name, role or kind of a user changed, from a token or by `userUpsert`.',
    z.object({ name: z.string(), role: z.string(), kind: z.string() }),
  ),
  'upload.created': action(
    'Upload',
    'An upload was created and its ticket was issued; no bytes have arrived yet.',
    z.object({ fileName: z.string(), sizeBytes: z.int() }),
  ),
  'upload.cancelled': action('Upload', 'An upload was cancelled by its owner or by an admin.', z.object({})),
  'upload.expired': action('Upload', 'An upload expired before all its bytes arrived.', z.object({})),
  'upload.failed': action(
    'Upload',
    'All bytes of an upload arrived but were rejected; `code` is the reason.',
    z.object(failure),
  ),
  'media.updated': action(
    'Media',
    'The details of a media were changed, alone or in bulk. `data` holds only the changed fields.',
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
  'folder.created': action(
    'Folder',
    'A folder was created.',
    z.object({ name: z.string(), parentId: relayId.nullable() }),
  ),
  'folder.updated': action(
    'Folder',
    'A folder was renamed or moved. `data` holds only the changed fields.',
    z.object({ name: fieldChange(z.string()), parentId: fieldChange(relayId.nullable()) }).partial(),
  ),
  'folder.deleted': action(
    'Folder',
    'A folder was deleted.',
    z.object({ name: z.string(), parentId: relayId.nullable() }),
  ),
  'media.uploaded': action(
    'Media',
    'All bytes of a new media arrived.',
    z.object({ fileName: z.string(), sizeBytes: z.int(), sha256, versionNumber: z.int() }),
  ),
  'media.processed': action(
    'Media',
    'The bytes of a version were examined and can be shown. `renditions` lists the profiles that are converted next.',
    z.object({ versionNumber: z.int(), kind: z.string(), mimeType: z.string(), renditions: z.array(profile) }),
  ),
  'media.failed': action(
    'Media',
    'The bytes of a version were examined and cannot be used; `code` is the reason.',
    z.object({ versionNumber: z.int(), ...failure }),
  ),
  'media.retried': action(
    'Media',
    'Another examination of a version was requested. The version need not be the current one.',
    z.object({ versionNumber: z.int() }),
  ),
  'version.uploaded': action(
    'MediaVersion',
    'All bytes of the next version arrived. It becomes current when they pass the examination or, if `staged`, when it is activated.',
    z.object({ fileName: z.string(), sizeBytes: z.int(), sha256, versionNumber: z.int(), staged: z.boolean() }),
  ),
  'media.replaced': action(
    'Media',
    'A new version passed the examination and became current.',
    z.object({ versionNumber: z.int(), previousVersionNumber: z.int(), sha256 }),
  ),
  'media.activated': action(
    'Media',
    'Another version was activated and became current.',
    z.object({ versionNumber: z.int(), previousVersionNumber: z.int(), sha256 }),
  ),
  'media.merged': action(
    'Media',
    'Other media with equal content were merged into this media. `data` tells what it received from them.',
    z.object({
      removedIds: z.array(rowId),
      linksMoved: z.int(),
      assignmentsMoved: z.int(),
      tagsAdded: z.array(z.string()),
    }),
  ),
  'media.linked': action('Media', 'A media was linked to a resource.', z.object({ resourceId: rowId, usageId: rowId })),
  'media.unlinked': action(
    'Media',
    'The link from a resource to a media was removed.',
    z.object({ resourceId: rowId }),
  ),
  'media.deleted': action(
    'Media',
    'A media was moved to the trash; it is purged at `purgeAt`.',
    z.object({ forced: z.boolean(), usageCount: z.int(), assignmentCount: z.int(), purgeAt: time }),
  ),
  'media.restored': action(
    'Media',
    'A media was restored from the trash. `data` lists the resources and users whose link or assignment could not be restored.',
    z.object({ lostResourceIds: z.array(rowId), lostUserIds: z.array(rowId) }),
  ),
  'media.purged': action(
    'Media',
    'A media was removed permanently.',
    z.object({ title: z.string(), fileName: z.string(), sha256 }),
  ),
  'resource.created': action(
    'Resource',
    'A resource was created when a request named it for the first time.',
    z.object({ source: z.string(), type: z.string(), externalId: z.string(), title: z.string().nullable() }),
  ),
  'resource.updated': action(
    'Resource',
    'The title, URL or parent of a resource changed, or a deleted resource was restored.',
    z.object({ title: z.string().nullable(), url: z.string().nullable(), parentId: rowId.nullable() }),
  ),
  'resource.deleted': action(
    'Resource',
    'A resource was deleted, directly or together with its parent.',
    z.object({ source: z.string(), type: z.string(), externalId: z.string() }),
  ),
  'operation.requested': action(
    'Operation',
    'A bulk operation was requested.',
    z.object({ kind: z.string(), total: z.int() }),
  ),
  'operation.cancelled': action(
    'Operation',
    'A bulk operation was cancelled after `processed` items.',
    z.object({ processed: z.int() }),
  ),
  'operation.completed': action(
    'Operation',
    'A bulk operation ended; `status` tells how.',
    z.object({ status: z.string(), succeeded: z.int(), failed: z.int() }),
  ),
  'rendition.requested': action('Rendition', 'A rendition was requested after the upload.', z.object({ profile })),
  'rendition.retried': action(
    'Rendition',
    'A failed or cancelled rendition was requested again.',
    z.object({ profile }),
  ),
  'rendition.requeued': action(
    'Rendition',
    'A finished rendition is made again, because its stored file is missing or damaged; `fault` tells which.',
    z.object({ profile, fault: z.enum(IntegrityFault) }),
  ),
  'rendition.completed': action(
    'Rendition',
    'A rendition was produced and can be shown.',
    z.object({ profile, sizeBytes: z.int(), sha256 }),
  ),
  'rendition.failed': action(
    'Rendition',
    'A rendition could not be produced; `code` is the reason.',
    z.object({ profile, ...failure }),
  ),
  'rendition.cancelled': action('Rendition', 'The production of a rendition was cancelled.', z.object({ profile })),
  'assignment.created': action(
    'Assignment',
    'A media was assigned to a user. `previousId` is the assignment it replaces, `revertOfId` the earlier one it reverts to, `batchId` its batch.',
    z.object({
      userId: rowId,
      mediaId: rowId,
      previousId: rowId.nullable(),
      revertOfId: rowId.nullable(),
      batchId: rowId.nullable(),
    }),
  ),
  'assignment.replaced': action(
    'Assignment',
    'An assignment was replaced: its user received the assignment `replacedById`.',
    z.object({ userId: rowId, mediaId: rowId, replacedById: rowId }),
  ),
  'assignment.undone': action(
    'Assignment',
    'An assignment was undone within its undo window. `previousId` is the assignment it had replaced.',
    z.object({ userId: rowId, mediaId: rowId, previousId: rowId.nullable() }),
  ),
  'assignment.ended': action(
    'Assignment',
    'An assignment ended because its media was force-deleted or its batch was undone.',
    z.object({ userId: rowId, mediaId: rowId, reason: z.enum(['MEDIA_DELETED', 'BATCH_UNDONE']) }),
  ),
  'assignment.restored': action(
    'Assignment',
    'An assignment became current again because the one that had replaced it was undone or its media was restored.',
    z.object({ userId: rowId, mediaId: rowId, reason: z.enum(['UNDONE', 'BATCH_UNDONE', 'MEDIA_RESTORED']) }),
  ),
  'assignment.moved': action(
    'Assignment',
    'The media of an assignment was merged into another media. Two rows are written, one for each media.',
    z.object({ userId: rowId, fromMediaId: rowId, toMediaId: rowId }),
  ),
  'assignmentBatch.created': action(
    'AssignmentBatch',
    'One media was assigned to `count` users at once.',
    z.object({ mediaId: rowId, count: z.int() }),
  ),
  'assignmentBatch.undone': action(
    'AssignmentBatch',
    'A batch of assignments was undone. `count` excludes the assignments that had already been undone individually.',
    z.object({ mediaId: rowId, count: z.int() }),
  ),
} satisfies Record<string, { nodeType: NodeName; when: string; data: z.ZodObject }>

export type Action = keyof typeof actions
export type EventData = { [A in Action]: z.output<(typeof actions)[A]['data']> }
export type MediaChanges = EventData['media.updated']

export const isAction = (text: string): text is Action => Object.hasOwn(actions, text)
