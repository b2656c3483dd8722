/** A media carries at most so many. */
export const maxTags = 50

/** What equality of tags goes by: `Law` and `law` are one. */
export const tagKey = (tag: string): string => tag.normalize('NFC').toLowerCase()

export const tagKeysOf = (tags: readonly string[]): string[] => tags.map(tagKey)

/** Tags are always written with their keys: lists filter by them, and triggers count them. */
export const withTagKeys = (tags: string[]): { tags: string[]; tagKeys: string[] } => ({
  tags,
  tagKeys: tagKeysOf(tags),
})
