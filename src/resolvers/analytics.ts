import { AnalyticsType } from '../schema/analytics.ts'
import { builder } from '../schema/builder.ts'

builder.queryField('analytics', (t) =>
  t.field({ type: AnalyticsType, description: 'For editors and admins.', resolve: () => ({}) }),
)
