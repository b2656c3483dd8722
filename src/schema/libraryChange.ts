import { globalId } from '../services/kernel/ids.ts'
import type { LibraryChange } from '../services/media/changeEvent.ts'
import { maxChangesPerEvent } from '../services/media/changeWindow.ts'
import { builder } from './builder.ts'
import { MediaType } from './media.ts'

const LibraryChangeKindEnum = builder.enumType('LibraryChangeKind', {
  description: 'How a media changed, as seen by a list of media with a filter.',
  values: {
    ADDED: { description: 'It matches the filter now and did not match before.' },
    CHANGED: { description: 'It matched the filter before and still matches.' },
    REMOVED: {
      description:
        'It does not match the filter any more; it may have matched so shortly that the list never showed it.',
    },
  },
})

export const LibraryChangeType = builder.objectRef<LibraryChange>('LibraryChange').implement({
  description:
    'Change of one media in a list of media with a filter. Put an added or changed media into the list, in place of the same one if it is there; take a removed one out if it is there.',
  fields: (t) => ({
    kind: t.expose('kind', { type: LibraryChangeKindEnum, description: 'How the media changed.' }),
    mediaId: t.id({
      description: 'Global id of the media.',
      resolve: ({ mediaId }) => globalId('Media', mediaId),
    }),
    media: t.prismaField({
      type: MediaType,
      nullable: true,
      description:
        'The media as it is now; null if it was removed, or has been deleted since: then its removal follows.',
      resolve: (query, { readMedia }) => readMedia(query),
    }),
  }),
})

/** Maximum cost of an event, as that of a page of media. */
export const libraryChangesCost = { field: 1, multiplier: maxChangesPerEvent }
