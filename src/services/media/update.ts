import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import type { MediaChanges } from '../event/actions.ts'
import { record } from '../event/record.ts'
import { requireFolderId } from '../folder/filing.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../kernel/databaseErrors.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { fileName, key, notClearable, parseInput, requiredLabel, tags, text } from '../kernel/input.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { withTagKeys } from '../kernel/tagKeys.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockLiveMedia } from '../locking/rowLocks.ts'
import { openStatuses } from '../upload/ticket.ts'

/** An absent field keeps its value, null clears it. */
const shape = z.object({
  id: z.string(),
  externalId: key(255).nullish(),
  title: notClearable(requiredLabel(500)),
  fileName: notClearable(fileName),
  description: text(10_000).nullish(),
  altText: text(1000).nullish(),
  tags: tags.nullish(),
  folderId: z.string().nullish(),
})
type MediaUpdateInput = z.input<typeof shape>

/** Changes the texts, the tags and the folder of a media; its bytes stay the same. */
export interface MediaUpdater {
  update(actor: Actor, input: MediaUpdateInput): Promise<Media>
}

const updatableFields = ['externalId', 'title', 'fileName', 'description', 'altText', 'tags', 'folderId'] as const

/** The fields that the caller named, as column values. */
const toPatch = (input: z.output<typeof shape>, folderId: string | null): Partial<Media> => ({
  ...(input.externalId !== undefined && { externalId: input.externalId }),
  ...(input.title != null && { title: input.title }),
  ...(input.fileName != null && { fileName: input.fileName }),
  ...(input.description !== undefined && { description: input.description }),
  ...(input.altText !== undefined && { altText: input.altText }),
  ...(input.tags !== undefined && withTagKeys(input.tags ?? [])),
  ...(input.folderId !== undefined && { folderId }),
})

const diffMedia = (previous: Media, patch: Partial<Media>): MediaChanges => {
  const toLogValue = (field: keyof MediaChanges, value: unknown) =>
    field === 'folderId' && typeof value === 'string' ? globalId('Folder', value) : value
  const changedFields = updatableFields.filter(
    (field) => patch[field] !== undefined && JSON.stringify(patch[field]) !== JSON.stringify(previous[field]),
  )
  return Object.fromEntries(
    changedFields.map((field) => [
      field,
      { from: toLogValue(field, previous[field]), to: toLogValue(field, patch[field]) },
    ]),
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

  const write = (actor: Actor, id: string, patch: Partial<Media>): Promise<Media> =>
    lanes.run('media', { activity: 'changes of media', mediaId: id }, async (transaction) => {
      const previous = await lockLiveMedia(transaction, id)
      const changes = diffMedia(previous, patch)
      if (Object.keys(changes).length === 0) return previous
      if (changes.externalId && patch.externalId) await requireFreeExternalId(transaction, patch.externalId)
      const media = await transaction.media.update({ where: { id }, data: patch })
      await record(transaction, actor, 'media.updated', { id }, changes)
      return media
    })

  return {
    async update(actor, raw) {
      const { id } = await findChangeableMedia(database, actor, raw.id)
      const input = parseInput(shape, raw)
      const patch = toPatch(input, await requireFolderId(database, input.folderId))
      return write(actor, id, patch).catch((error: unknown) => {
        if (isUniqueViolation(error))
          throw new StateConflictError(
            `The external id "${input.externalId}" belongs to another media. Use another one.`,
          )
        if (isForeignKeyViolation(error) && input.folderId != null) throw notFound('Folder', input.folderId)
        throw error
      })
    },
  }
}
