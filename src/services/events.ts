import { v7 as uuid } from 'uuid'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import { type Actor, actorId } from './actor.ts'
import type { Transaction } from './ports.ts'

interface FailureData {
  code: string
}

/** What it was, and what it has become. */
export interface Change<Value> {
  from: Value
  to: Value
}

/** Only the fields that have changed. */
export interface MediaChanges {
  externalId?: Change<string | null>
  title?: Change<string>
  fileName?: Change<string>
  description?: Change<string | null>
  altText?: Change<string | null>
  tags?: Change<string[]>
  /** Relay ids. */
  folderId?: Change<string | null>
}

/** Every action of the log with the shape of its data: noun.verb_past. */
export interface EventData {
  'user.appeared': { externalId: string; name: string }
  'user.changed': { name: string; role: string; kind: string }
  'upload.created': { fileName: string; sizeBytes: number }
  'upload.cancelled': Record<string, never>
  'upload.expired': Record<string, never>
  'upload.failed': FailureData
  'media.updated': MediaChanges
  'folder.created': { name: string; parentId: string | null }
  'folder.updated': { name?: Change<string>; parentId?: Change<string | null> }
  'folder.deleted': { name: string; parentId: string | null }
  'media.uploaded': { fileName: string; sizeBytes: number; sha256: string; versionNumber: number }
  'media.processed': { versionNumber: number; kind: string; mimeType: string; renditions: RenditionProfile[] }
  'media.failed': { versionNumber: number } & FailureData
  /** A version, also one that is not current. */
  'media.retried': { versionNumber: number }
  /** The next version's bytes have arrived; it is current once they are found usable, or once it is activated. */
  'version.uploaded': { fileName: string; sizeBytes: number; sha256: string; versionNumber: number; staged: boolean }
  'media.replaced': { versionNumber: number; previousVersionNumber: number; sha256: string }
  'media.activated': { versionNumber: number; previousVersionNumber: number; sha256: string }
  /** Of the one that was kept: what came to it. */
  'media.merged': { removedIds: string[]; linksMoved: number; assignmentsMoved: number; tagsAdded: string[] }
  'media.linked': { resourceId: string; usageId: string }
  'media.unlinked': { resourceId: string }
  'media.deleted': { forced: boolean; usageCount: number; assignmentCount: number; purgeAt: string }
  'media.restored': { lostResourceIds: string[]; lostUserIds: string[] }
  'media.purged': { title: string; fileName: string; sha256: string }
  'resource.created': { source: string; type: string; externalId: string; title: string | null }
  'resource.updated': { title: string | null; url: string | null; parentId: string | null }
  'resource.deleted': { source: string; type: string; externalId: string }
  'operation.requested': { kind: string; total: number }
  'operation.cancelled': { processed: number }
  'operation.completed': { status: string; succeeded: number; failed: number }
  'rendition.requested': { profile: RenditionProfile }
  'rendition.retried': { profile: RenditionProfile }
  'rendition.completed': { profile: RenditionProfile; sizeBytes: number; sha256: string }
  'rendition.failed': { profile: RenditionProfile } & FailureData
  'rendition.cancelled': { profile: RenditionProfile }
  /** `revertOfId` names the earlier one that it brings back, `batchId` the batch that it is part of. */
  'assignment.created': {
    userId: string
    mediaId: string
    previousId: string | null
    revertOfId: string | null
    batchId: string | null
  }
  'assignment.replaced': { userId: string; mediaId: string; replacedById: string }
  'assignment.undone': { userId: string; mediaId: string; previousId: string | null }
  'assignment.ended': { userId: string; mediaId: string; reason: 'MEDIA_DELETED' | 'BATCH_UNDONE' }
  /** Current again: what had replaced it was taken back, or its media was restored. */
  'assignment.restored': { userId: string; mediaId: string; reason: 'UNDONE' | 'BATCH_UNDONE' | 'MEDIA_RESTORED' }
  /** Its media was merged into another one; a row for each of the two. */
  'assignment.moved': { userId: string; fromMediaId: string; toMediaId: string }
  'assignmentBatch.created': { mediaId: string; count: number }
  /** How many were taken back: those that nobody had undone before. */
  'assignmentBatch.undone': { mediaId: string; count: number }
}

export type Action = keyof EventData
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

export interface Entry<A extends Action> {
  action: A
  nodeType: NodeType
  nodeId: string
  mediaId: string | null
  data: EventData[A]
}

/**
 * Writes log rows in the caller's transaction: a rollback leaves none of them. One statement for any number; ids that
 * grow keep the order within one moment.
 */
export const record = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  ...entries: Entry<A>[]
): Promise<void> => {
  if (entries.length === 0) return
  const rows = JSON.stringify(entries.map((entry) => ({ ...entry, id: uuid() })))
  await transaction.$executeRaw`
    INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
    SELECT "id", "action", ${actorId(actor)}::uuid, "nodeType", "nodeId", "mediaId", "data", ${actor.requestId}
    FROM jsonb_to_recordset(${rows}::jsonb)
      AS entry("id" uuid, "action" text, "nodeType" text, "nodeId" uuid, "mediaId" uuid, "data" jsonb)`
}
