import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import { tags } from '../kernel/input.ts'
import { mayChangeMedia, mayUpload } from '../kernel/policies.ts'
import { mostTags, tagKeysOf } from '../kernel/tagKeys.ts'
import type { BulkAction } from './bulkAction.ts'

const input = z
  .object({ add: tags.nullish(), remove: tags.nullish() })
  .refine(({ add, remove }) => (add ?? []).length + (remove ?? []).length > 0, {
    path: ['add'],
    message: 'Name a tag to add or to remove.',
  })

const changed = (media: Media, { add, remove }: z.output<typeof input>): string[] => {
  const gone = new Set(tagKeysOf(remove ?? []))
  const kept = media.tags.filter((_tag, index) => !gone.has(media.tagKeys[index] ?? ''))
  const known = new Set(tagKeysOf(kept))
  return [...kept, ...(add ?? []).filter((tag) => !known.has(tagKeysOf([tag])[0] ?? ''))]
}

/** Adds tags to all, and takes others away. */
export const tagMedia: BulkAction<typeof input> = {
  kind: 'media.tag',
  input,
  policy: mayUpload,
  trashed: false,

  judge(actor, media, wanted) {
    const forbidden = mayChangeMedia(actor, media)
    if (forbidden !== null) return { code: 'FORBIDDEN', message: forbidden }
    const count = changed(media, wanted).length
    return count > mostTags
      ? { code: 'INVALID_INPUT', message: `It would have ${count} tags; at most ${mostTags}.` }
      : null
  },

  async apply(transaction, actor, media, wanted) {
    const all = media.map((row) => {
      const tags = changed(row, wanted)
      return { id: row.id, before: row.tags, tags, keys: tagKeysOf(tags) }
    })
    const rows = all.filter(({ before, tags }) => before.join('\n') !== tags.join('\n'))
    await transaction.$executeRaw`
      UPDATE "Media" SET "tags" = changed."tags", "tagKeys" = changed."keys", "updatedAt" = now()
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS changed("id" uuid, "tags" text[], "keys" text[])
      WHERE "Media"."id" = changed."id"`
    const entries = rows.map(({ id, before, tags: after }) => ({
      action: 'media.updated' as const,
      nodeType: 'Media' as const,
      nodeId: id,
      mediaId: id,
      data: { tags: { from: before, to: after } },
    }))
    await record(transaction, actor, entries)
  },
}
