import { v7 as uuid } from 'uuid'
import { Prisma, type Upload } from '../../../prisma/generated/client/client.ts'
import type { EventData } from '../event/actions.ts'
import { eventInsert } from '../event/record.ts'
import { lockFolderOrRoot } from '../folder/filing.ts'
import { uploaderActor } from '../kernel/actor.ts'
import type { Queue, ReceivedFile, Transaction } from '../kernel/ports.ts'
import { withTagKeys } from '../kernel/tagKeys.ts'
import { blobNotStored, blobReference } from '../storage/blobs.ts'
import type { FileType } from '../storage/fileTypes.ts'
import { type CompletedUpload, uploadCompletion } from './closing.ts'

/**
 * Ends an upload and creates its media: row, first version and log row in one statement, and the job. Null if another
 * transaction has ended the upload.
 */
export const createMediaFromUpload = async (
  transaction: Transaction,
  queue: Queue,
  upload: Upload,
  file: ReceivedFile,
  { kind, mimeType }: FileType,
): Promise<CompletedUpload | null> => {
  const { fileName } = upload
  const { sizeBytes, sha256 } = file
  const { tags, tagKeys } = withTagKeys(upload.tags)
  const versionId = crypto.randomUUID()
  const folderId = await lockFolderOrRoot(transaction, upload.folderId)
  const data: EventData['media.uploaded'] = { fileName, sizeBytes, sha256, versionNumber: 1 }
  const entry = Prisma.sql`(
    SELECT ${uuid()}::uuid AS "id", "mediaId" AS "nodeId", "mediaId", ${JSON.stringify(data)}::jsonb AS "data" FROM closed
  ) AS entry`
  const fileInfo = Prisma.sql`${kind}::"MediaKind", ${mimeType}::text, ${sizeBytes}::bigint, ${sha256}::text`
  const [row] = await transaction.$queryRaw<(CompletedUpload & { isStored: boolean })[]>`
    WITH closed AS (${uploadCompletion(upload.id)} RETURNING *
    ), referenced AS (${blobReference(sha256)} AND EXISTS (SELECT FROM closed) RETURNING 1
    ), media AS (
      INSERT INTO "Media" ("id", "externalId", "title", "fileName", "originalFileName", "tags", "tagKeys", "folderId",
        "status", "uploadedById", "currentVersionId", "kind", "mimeType", "sizeBytes", "sha256")
      SELECT "mediaId", "externalId", coalesce("title", "fileName"), "fileName", "fileName", ${tags}::text[],
        ${tagKeys}::text[], ${folderId}::uuid, 'PROCESSING', "ownerId", ${versionId}::uuid, ${fileInfo}
      FROM closed
    ), version AS (
      INSERT INTO "MediaVersion" ("id", "mediaId", "number", "originalFileName", "declaredType", "note", "profiles",
        "createdById", "kind", "mimeType", "sizeBytes", "sha256")
      SELECT ${versionId}::uuid, "mediaId", 1, "fileName", "declaredType", "note", "profiles", "ownerId", ${fileInfo}
      FROM closed
    ), logged AS (${eventInsert(uploaderActor(upload.ownerId), 'media.uploaded', entry)})
    SELECT "id", "mediaId", "status", "receivedBytes", "fileNumber", EXISTS (SELECT FROM referenced) AS "isStored"
    FROM closed`
  if (row === undefined) return null
  if (!row.isStored) throw blobNotStored(sha256)
  await queue.send(transaction, { name: 'ingest', payload: { versionId, revision: 0 } })
  return row
}
