import type { MediaUpdateInput } from '../../api/generated/documents.ts'
import type { MediaDetail } from '../../data/media.ts'

/** Texts, tags and folder of a media as a person edits them. An empty text stands for none. */
export interface Draft {
  title: string
  description: string
  altText: string
  tags: readonly string[]
  fileName: string
  folder: { id: string; path: string } | null
  externalId: string
}

export type DraftField = keyof Draft

const draftFields = [
  'title',
  'description',
  'altText',
  'tags',
  'folder',
  'fileName',
  'externalId',
] as const satisfies readonly DraftField[]

export const toDraft = (media: MediaDetail): Draft => ({
  title: media.title,
  description: media.description ?? '',
  altText: media.altText ?? '',
  tags: media.tags,
  fileName: media.fileName,
  folder: media.folder,
  externalId: media.externalId ?? '',
})

/** Text by which two values of a field are compared. */
const writeValue = (draft: Draft, field: DraftField): string =>
  field === 'folder' ? (draft.folder?.id ?? '') : JSON.stringify(draft[field])

/** Fields in which two drafts differ. */
export const differingFields = (one: Draft, other: Draft): DraftField[] =>
  draftFields.filter((field) => writeValue(one, field) !== writeValue(other, field))

const inputs: Record<DraftField, (draft: Draft) => Partial<MediaUpdateInput>> = {
  title: ({ title }) => ({ title }),
  description: ({ description }) => ({ description }),
  altText: ({ altText }) => ({ altText }),
  tags: ({ tags }) => ({ tags: [...tags] }),
  fileName: ({ fileName }) => ({ fileName }),
  folder: ({ folder }) => ({ folderId: folder?.id ?? null }),
  // The server takes no empty id.
  externalId: ({ externalId }) => ({ externalId: externalId === '' ? null : externalId }),
}

/** Input of an update that changes what differs between two drafts, and nothing else. */
export const toUpdateInput = (id: string, since: string, base: Draft, draft: Draft): MediaUpdateInput => ({
  id,
  ifUnchangedSince: since,
  ...Object.assign({}, ...differingFields(base, draft).map((field) => inputs[field](draft))),
})

/**
 * Fields that another person has changed since `base`, unless both wrote the same. One who edits the media has to choose
 * between the two values.
 */
export const conflictingFields = (base: Draft, mine: Draft, theirs: Draft): DraftField[] => {
  const different = differingFields(mine, theirs)
  return differingFields(base, theirs).filter((field) => different.includes(field))
}

/** Takes their values, except for the fields of which `mine` is kept, and those that only this person has changed. */
export const mergeDrafts = (
  { base, mine, theirs }: { base: Draft; mine: Draft; theirs: Draft },
  keepsMine: (field: DraftField) => boolean,
): Draft => {
  const conflicts = conflictingFields(base, mine, theirs)
  const kept = differingFields(base, mine).filter((field) => !conflicts.includes(field))
  const fields = [...kept, ...conflicts.filter(keepsMine)]
  return { ...theirs, ...Object.fromEntries(fields.map((field) => [field, mine[field]])) }
}
