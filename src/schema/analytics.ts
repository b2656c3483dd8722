import { builder } from './builder.ts'
import { ProcessingAnalyticsType } from './processingAnalytics.ts'
import { StorageAnalyticsType } from './storageAnalytics.ts'

/** Empty parent object: its fields call the services. */
export const AnalyticsType = builder.objectRef<Record<string, never>>('Analytics').implement({
  description:
    'Figures about the library and the workers. They need the role editor or admin; others get a `FORBIDDEN` error.',
  fields: (t) => ({
    storage: t.field({
      type: StorageAnalyticsType,
      description: 'Number and size of the files in the library, at most 60 seconds old.',
      resolve: (_root, _args, { actor, services }) => services.analytics.storage(actor),
    }),
    processing: t.field({
      type: ProcessingAnalyticsType,
      description: 'Workload of the workers, computed for each request.',
      resolve: (_root, _args, { actor, services }) => services.analytics.processing(actor),
    }),
  }),
})
