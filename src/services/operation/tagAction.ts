import { z } from 'zod'
import { recordAll } from '../event/record.ts'
import { tags } from '../kernel/input.ts'
import { mayUpload } from '../kernel/policies.ts'
import { maxTags, tagKeysOf } from '../kernel/tagKeys.ts'
import type { MediaState } from '../locking/rowLocks.ts'
import type { BulkAction } from './bulkAction.ts'
import { validateOwnership } from './itemRefusal.ts'
import { quoteAll } from './summaryText.ts'

const input = z
  .object({ add: tags.nullish(), remove: tags.nullish() })
  .refine(({ add, remove }) => (add ?? []).length + (remove ?? []).length > 0, {
    path: ['add'],
    message: 'Name a tag to add or to remove.',
  })

const applyTagChanges = (media: MediaState, { add, remove }: z.output<typeof input>): string[] => {
  const removedKeys = new Set(tagKeysOf(remove ?? []))
  const remainingTags = media.tags.filter((_tag, index) => !removedKeys.has(media.tagKeys[index] ?? ''))
  const remainingKeys = new Set(tagKeysOf(remainingTags))
  return [...remainingTags, ...(add ?? []).filter((tag) => !remainingKeys.has(tagKeysOf([tag])[0] ?? ''))]
}

/** Names tags: `tag "a"`, `tags "a" and "b"`; null for an empty list. */
const describeTags = (tags: readonly string[]): string | null =>
  tags.length === 0 ? null : `${tags.length === 1 ? 'tag' : 'tags'} ${quoteAll(tags)}`

/** Adds tags to media and removes others. */
export const tagMediaAction: BulkAction<typeof input> = {
  kind: 'media.tag',
  input,
  policy: mayUpload,
  requiresTrashed: false,

  validate: validateOwnership,

  validateChange(media, tagChanges) {
    const count = applyTagChanges(media, tagChanges).length
    return count > maxTags
      ? { code: 'INVALID_INPUT', message: `This media would have ${count} tags; at most ${maxTags} are allowed.` }
      : null
  },

  async apply(transaction, actor, media, tagChanges) {
    const all = media.map((row) => {
      const tags = applyTagChanges(row, tagChanges)
      return { id: row.id, previousTags: row.tags, tags, keys: tagKeysOf(tags) }
    })
    const rows = all.filter(({ previousTags, tags }) => previousTags.join('\n') !== tags.join('\n'))
    await transaction.$executeRaw`
      UPDATE "Media" SET "tags" = changed."tags", "tagKeys" = changed."keys", "updatedAt" = now()
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS changed("id" uuid, "tags" text[], "keys" text[])
      WHERE "Media"."id" = changed."id"`
    const entries = rows.map(({ id, previousTags, tags }) => ({ id, data: { tags: { from: previousTags, to: tags } } }))
    await recordAll(transaction, actor, 'media.updated', entries)
  },

  summarize({ add, remove }, media) {
    const [added, removed] = [describeTags(add ?? []), describeTags(remove ?? [])]
    if (removed === null) return `Add ${added} to ${media}`
    return added === null ? `Remove ${removed} from ${media}` : `Add ${added} and remove ${removed} on ${media}`
  },
}
