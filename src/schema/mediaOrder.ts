import { SortDirection } from '../services/media/order.ts'
import { MediaSort } from '../services/media/sortKeys.ts'
import { builder } from './builder.ts'

const MediaSortEnum = builder.enumType(MediaSort, {
  name: 'MediaSort',
  description:
    'Sort key of a list of media. RELEVANCE requires `filter.search` and lists at most 1,000 media: those whose title equals the text, then the newest other matches, sorted by relevance. If more than about 10,000 media, or one in twenty, have all words of the search, the other matches are searched only among 40,000 media that were uploaded one after another, beginning near the newest match in a sample of the library, or with the newest media if the sample has no match. `totalCount` does not depend on the order: with RELEVANCE too, it counts every match, listed or not. Media with equal keys are ordered by id.',
  values: {
    UPLOADED_AT: { description: 'Time at which the media was uploaded.' },
    UPDATED_AT: { description: 'Time of the last change of the media.' },
    FILE_NAME: {
      description:
        'Editable file name in the library, regardless of case and accents; numbers in it count by value: 2 before 10.',
    },
    TITLE: { description: 'Title, regardless of case and accents; numbers in it count by value: 2 before 10.' },
    SIZE: { description: 'Size of the original of the current version in bytes.' },
    DURATION: {
      description: 'Playing time of the current version; media without one count as shorter than all others.',
    },
    USAGE_COUNT: { description: 'Number of links from resources to the media.' },
    DELETED_AT: {
      description:
        'Time at which the media was moved to the trash. Media outside the trash have none: they are sorted by id.',
    },
    PURGE_AT: {
      description:
        'Time at which the media is purged automatically; media without one come before all others in the direction ASC. Media outside the trash have none: they are sorted by id.',
    },
    RELEVANCE: { description: 'Similarity of the media to `filter.search`; DESC lists the best matches first.' },
  },
})

const SortDirectionEnum = builder.enumType(SortDirection, {
  name: 'SortDirection',
  description: 'Direction of a sorted list.',
  values: {
    ASC: { description: 'Smallest, oldest or alphabetically first value first.' },
    DESC: { description: 'Largest, newest or alphabetically last value first.' },
  },
})

export const MediaOrderInput = builder.inputType('MediaOrder', {
  description: 'Order of a list of media.',
  fields: (t) => ({
    by: t.field({ type: MediaSortEnum, description: 'Sort key.' }),
    direction: t.field({
      type: SortDirectionEnum,
      description: 'Direction of the sort; media with equal keys are sorted by id in the same direction.',
    }),
  }),
})
