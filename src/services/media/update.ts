import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import { recordWith } from '../event/record.ts'
import { requireFolderId } from '../folder/filing.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { isRawForeignKeyViolation, isRawUniqueViolation } from '../kernel/databaseErrors.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { openStatuses } from '../upload/ticket.ts'
import { diffMedia, type MediaPatch, type MediaUpdateInput, toAssignments, toPatch, updateShape } from './patch.ts'

/** Changes the texts, the tags and the folder of a media; its bytes stay the same. */
export interface MediaUpdater {
  update(actor: Actor, input: MediaUpdateInput): Promise<Media>
}

/** Refuses a media that has changed since the caller read it. `updatedAt` grows with each change. */
const requireUnchanged = ({ updatedAt }: Media, since: Date | null): void => {
  if (since !== null && updatedAt > since)
    throw new StateConflictError(
      `This media was changed at ${updatedAt.toISOString()}, after it was read. Read it again, then repeat the change.`,
    )
}

export const createMediaUpdater = ({ database, lanes }: { database: Database; lanes: Lanes }): MediaUpdater => {
  /** Refuses an external id that an unfinished upload has reserved: that upload would fail when it completes. */
  const requireFreeExternalId = async (transaction: Transaction, externalId: string): Promise<void> => {
    const pendingCount = await transaction.upload.count({ where: { externalId, status: { in: openStatuses } } })
    if (pendingCount > 0)
      throw new StateConflictError(
        `The external id "${externalId}" is reserved by an unfinished upload. Use another one, or cancel the upload.`,
      )
  }

  const write = (actor: Actor, id: string, patch: MediaPatch, since: Date | null): Promise<Media> =>
    lanes.run('media', { activity: 'changes of media', mediaId: id }, async (transaction) => {
      const previous = await lockLiveMedia(transaction, id)
      requireUnchanged(previous, since)
      const changes = diffMedia(previous, patch)
      if (Object.keys(changes).length === 0) return previous
      if (changes.externalId && patch.externalId) await requireFreeExternalId(transaction, patch.externalId)
      // The trigger of the table does the same; the answer names the time without another statement.
      const updatedAt = new Date(Math.max(Date.now(), previous.updatedAt.getTime() + 1))
      const change = Prisma.sql`
        UPDATE "Media" SET ${toAssignments(patch)}, "updatedAt" = ${updatedAt}::timestamptz WHERE "id" = ${id}::uuid`
      await recordWith(transaction, actor, 'media.updated', [{ id, data: changes }], change)
      return { ...previous, ...patch, updatedAt }
    })

  return {
    async update(actor, raw) {
      const media = await findChangeableMedia(database, actor, raw.id)
      const input = parseInput(updateShape, raw)
      const { id } = media
      const since = input.ifUnchangedSince ?? null
      requireUnchanged(media, since)
      const patch = toPatch(input, await requireFolderId(database, input.folderId))
      return write(actor, id, patch, since).catch((error: unknown) => {
        if (isRawUniqueViolation(error))
          throw new StateConflictError(
            `The external id "${input.externalId}" belongs to another media. Use another one.`,
          )
        if (isRawForeignKeyViolation(error) && input.folderId != null) throw notFound('Folder', input.folderId)
        throw error
      })
    },
  }
}
