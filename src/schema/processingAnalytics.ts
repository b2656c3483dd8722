import type { ProcessingAnalytics, ProfileTiming } from '../services/analytics/processing.ts'
import { builder } from './builder.ts'
import { RenditionProfileEnum } from './enums.ts'

const ProfileTimingType = builder.objectRef<ProfileTiming>('ProfileTiming').implement({
  description: 'Conversion time of one rendition profile.',
  fields: (t) => ({
    profile: t.expose('profile', { type: RenditionProfileEnum, description: 'Profile of the renditions.' }),
    seconds: t.exposeFloat('seconds', {
      description: 'Median time in seconds from the start of the last attempt to its success.',
    }),
  }),
})

export const ProcessingAnalyticsType = builder.objectRef<ProcessingAnalytics>('ProcessingAnalytics').implement({
  description: 'Current workload of the workers, and their results of the last 24 hours.',
  fields: (t) => ({
    queued: t.exposeInt('queued', {
      description:
        'Number of renditions that wait for a worker, plus the number of versions whose examination has not finished.',
    }),
    running: t.exposeInt('running', { description: 'Number of renditions that workers are making now.' }),
    oldestQueuedSeconds: t.exposeFloat('oldestQueuedSeconds', {
      nullable: true,
      description: 'Seconds that the oldest item counted in `queued` has been waiting; null if nothing is queued.',
    }),
    succeededLast24h: t.exposeInt('succeededLast24h', {
      description: 'Number of renditions that became READY in the last 24 hours.',
    }),
    failedLast24h: t.exposeInt('failedLast24h', {
      description: 'Number of renditions that failed in the last 24 hours and have not been retried since.',
    }),
    medianSecondsByProfile: t.expose('medianSecondsByProfile', {
      type: [ProfileTimingType],
      description:
        'Median conversion times of the renditions that succeeded in the last 24 hours. Profiles without such renditions are left out.',
    }),
  }),
})
