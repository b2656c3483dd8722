/** Maximum number of tags of a media. */
export const maxTags = 50

/** Maximum length of a tag in characters; longer ones are cut. */
export const maxTagLength = 64

/** Returns the key by which tags are compared: `Law` and `law` are equal. */
export const tagKey = (tag: string): string => tag.normalize('NFC').toLowerCase()

export const tagKeysOf = (tags: readonly string[]): string[] => tags.map(tagKey)

/** Pairs tags with their keys. They are always written together: lists filter by the keys, and triggers count them. */
export const withTagKeys = (tags: string[]): { tags: string[]; tagKeys: string[] } => ({
  tags,
  tagKeys: tagKeysOf(tags),
})
