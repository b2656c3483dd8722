import type { Settings } from '../services/config/settings.ts'
import { builder } from './builder.ts'

export const SettingsType = builder.objectRef<Settings>('Settings').implement({
  description:
    'Limits and capabilities of this server that user interfaces show. They change only with its configuration.',
  fields: (t) => ({
    maxUploadBytes: t.expose('maxUploadBytes', {
      type: 'SafeInt',
      description: 'Maximum size of an uploaded file in bytes.',
    }),
    trashDays: t.exposeInt('trashDays', {
      description: 'Number of days after which media in the trash are deleted permanently.',
    }),
    undoSeconds: t.exposeInt('undoSeconds', { description: 'Length of the undo window of an assignment in seconds.' }),
    features: t.exposeStringList('features', {
      description:
        'Names of the optional capabilities that are enabled on this server. The list is empty if no such capability is.',
    }),
  }),
})
