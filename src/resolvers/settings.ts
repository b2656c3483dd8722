import { builder } from '../schema/builder.ts'
import { SettingsType } from '../schema/settings.ts'

builder.queryField('settings', (t) =>
  t.field({
    type: SettingsType,
    description: 'Limits and capabilities of this server, for callers of every role.',
    resolve: (_root, _args, { services }) => services.settings,
  }),
)
