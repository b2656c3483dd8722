import { z } from 'zod'
import { type Media, Prisma } from '../../../prisma/generated/client/client.ts'
import type { MediaChanges } from '../event/actions.ts'
import { globalId } from '../kernel/ids.ts'
import { fileName, key, notClearable, requiredLabel, tags, text } from '../kernel/input.ts'
import { timestamp } from '../kernel/scalars.ts'
import { withTagKeys } from '../kernel/tagKeys.ts'

/** An absent field keeps its value, null clears it. */
export const updateShape = z.object({
  id: z.string(),
  externalId: key(255).nullish(),
  title: notClearable(requiredLabel(500)),
  fileName: notClearable(fileName),
  description: text(10_000).nullish(),
  altText: text(1000).nullish(),
  tags: tags.nullish(),
  folderId: z.string().nullish(),
  ifUnchangedSince: timestamp.nullish(),
})
export type MediaUpdateInput = z.input<typeof updateShape>

const updatableFields = ['externalId', 'title', 'fileName', 'description', 'altText', 'tags', 'folderId'] as const

/** Types of the columns that an update can change. */
const columnTypes = {
  externalId: 'text',
  title: 'text',
  fileName: 'text',
  description: 'text',
  altText: 'text',
  tags: 'text[]',
  tagKeys: 'text[]',
  folderId: 'uuid',
} satisfies Partial<Record<keyof Media, string>>
type Column = keyof typeof columnTypes
export type MediaPatch = Partial<Pick<Media, Column>>

/** The assignments of an UPDATE. */
export const toAssignments = (patch: MediaPatch): Prisma.Sql => {
  const columns = Object.keys(patch) as Column[] // as: the keys of its type
  const toAssignment = (column: Column) =>
    Prisma.sql`${Prisma.raw(`"${column}"`)} = ${patch[column]}::${Prisma.raw(columnTypes[column])}`
  return Prisma.join(columns.map(toAssignment))
}

/** The fields that the caller named, as column values. */
export const toPatch = (input: z.output<typeof updateShape>, folderId: string | null): MediaPatch => ({
  ...(input.externalId !== undefined && { externalId: input.externalId }),
  ...(input.title != null && { title: input.title }),
  ...(input.fileName != null && { fileName: input.fileName }),
  ...(input.description !== undefined && { description: input.description }),
  ...(input.altText !== undefined && { altText: input.altText }),
  ...(input.tags !== undefined && withTagKeys(input.tags ?? [])),
  ...(input.folderId !== undefined && { folderId }),
})

export const diffMedia = (previous: Media, patch: MediaPatch): MediaChanges => {
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
