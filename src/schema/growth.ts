import type { GrowthPoint } from '../services/analytics/growth.ts'
import { builder } from './builder.ts'

export const IntervalEnum = builder.enumType('Interval', {
  description: 'Length of an interval of `growth`. Intervals begin and end in UTC.',
  values: {
    DAY: { description: 'A calendar day, from midnight UTC.' },
    WEEK: { description: 'A week, from midnight UTC on Monday.' },
    MONTH: { description: 'A calendar month, from midnight UTC on its first day.' },
  } as const,
})

export const GrowthPointType = builder.objectRef<GrowthPoint>('GrowthPoint').implement({
  description: 'Media uploaded in one interval that are not in the trash now.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Start of the interval, inclusive.' }),
    files: t.exposeInt('files', { description: 'Number of media uploaded in the interval.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
    totalBytes: t.expose('totalBytes', {
      type: 'SafeInt',
      description: 'Size of all media uploaded up to the end of the interval, in bytes.',
    }),
  }),
})
