import type { OrphanAnalytics } from '../services/analytics/analytics.ts'
import { builder } from './builder.ts'

export const OrphanAnalyticsType = builder.objectRef<OrphanAnalytics>('OrphanAnalytics').implement({
  description:
    'Media that have been unused for at least the requested number of days. Media in the trash and unfinished uploads do not count.',
  fields: (t) => ({
    files: t.exposeInt('files', { description: 'Number of these media.' }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Size of the originals of their current versions, in bytes.',
    }),
    neverUsed: t.exposeInt('neverUsed', { description: 'Number of these media that were never linked or assigned.' }),
    noLongerUsed: t.exposeInt('noLongerUsed', {
      description: 'Number of these media that were linked or assigned before but are not now.',
    }),
  }),
})
