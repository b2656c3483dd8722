import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { type MediaChanges, record } from '../event/actions.ts'
import { existingFolderId } from '../folder/filing.ts'
import type { Actor } from '../kernel/actor.ts'
import { findChangeableMedia } from '../kernel/changeableMedia.ts'
import { isReferenceBroken, isTaken } from '../kernel/databaseErrors.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { fileName, lasting, line, parseInput, tags, text } from '../kernel/input.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { withKeys } from '../kernel/tagKeys.ts'
import { changeMedia } from '../locking/lanes.ts'
import { lockPresentMedia } from '../locking/rowLocks.ts'
import { openStatuses } from '../upload/ticket.ts'

/** An absent field stays, null clears. */
export interface MediaUpdateInput {
  id: string
  externalId?: string | null
  title?: string | null
  fileName?: string | null
  description?: string | null
  altText?: string | null
  tags?: string[] | null
  folderId?: string | null
}

/** How people describe a media, and where they file it; its bytes stay. */
export interface Description {
  update(actor: Actor, input: MediaUpdateInput): Promise<Media>
}

const shape = z.object({
  externalId: line(255).nullish(),
  title: lasting(line(500)),
  fileName: lasting(fileName),
  description: text(10_000).nullish(),
  altText: text(1000).nullish(),
  tags: tags.nullish(),
  folderId: z.string().nullish(),
})

const describedFields = ['externalId', 'title', 'fileName', 'description', 'altText', 'tags', 'folderId'] as const

/** Only what the caller named, as the row will hold it. */
const wantedOf = (input: z.output<typeof shape>, folderId: string | null): Partial<Media> => ({
  ...(input.externalId !== undefined && { externalId: input.externalId }),
  ...(input.title != null && { title: input.title }),
  ...(input.fileName != null && { fileName: input.fileName }),
  ...(input.description !== undefined && { description: input.description }),
  ...(input.altText !== undefined && { altText: input.altText }),
  ...(input.tags !== undefined && withKeys(input.tags ?? [])),
  ...(input.folderId !== undefined && { folderId }),
})

const changesOf = (before: Media, wanted: Partial<Media>): MediaChanges => {
  const shown = (field: keyof MediaChanges, value: unknown) =>
    field === 'folderId' && typeof value === 'string' ? globalId('Folder', value) : value
  const changed = describedFields.filter(
    (field) => wanted[field] !== undefined && JSON.stringify(wanted[field]) !== JSON.stringify(before[field]),
  )
  return Object.fromEntries(
    changed.map((field) => [field, { from: shown(field, before[field]), to: shown(field, wanted[field]) }]),
  )
}

export const createDescription = ({ database }: { database: Database }): Description => {
  /** An upload on its way has it, and would fail at its end. */
  const refuseAwaited = async (transaction: Transaction, externalId: string): Promise<void> => {
    const waiting = await transaction.upload.count({ where: { externalId, status: { in: openStatuses } } })
    if (waiting > 0) throw new StateConflictError(`The external id "${externalId}" is taken by an upload.`)
  }

  const write = (actor: Actor, id: string, wanted: Partial<Media>): Promise<Media> =>
    changeMedia(database, id, async (transaction) => {
      const before = await lockPresentMedia(transaction, id)
      const changes = changesOf(before, wanted)
      if (Object.keys(changes).length === 0) return before
      if (changes.externalId && wanted.externalId) await refuseAwaited(transaction, wanted.externalId)
      const media = await transaction.media.update({ where: { id }, data: wanted })
      await record(transaction, actor, {
        action: 'media.updated',
        nodeType: 'Media',
        nodeId: id,
        mediaId: id,
        data: changes,
      })
      return media
    })

  return {
    async update(actor, raw) {
      const { id } = await findChangeableMedia(database, actor, raw.id)
      const input = parseInput(shape, raw)
      const wanted = wantedOf(input, await existingFolderId(database, input.folderId))
      return write(actor, id, wanted).catch((error: unknown) => {
        if (isTaken(error)) throw new StateConflictError(`The external id "${input.externalId}" is taken.`)
        if (isReferenceBroken(error)) throw new NotFoundError('There is no such folder.', input.folderId)
        throw error
      })
    },
  }
}
