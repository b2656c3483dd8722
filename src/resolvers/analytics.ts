import { AnalyticsType } from '../schema/analytics.ts'
import { builder } from '../schema/builder.ts'
import { timeouts } from '../schema/timeouts.ts'

builder.queryField('analytics', (t) =>
  t.field({
    type: AnalyticsType,
    extensions: { ...timeouts.figures, dependsOnTime: true },
    description:
      'Figures about the library and the workers. It needs the role editor or admin; viewers get a `FORBIDDEN` error.',
    resolve: () => ({}),
  }),
)
