import type { MediaWarning } from '../services/kernel/warning.ts'
import { builder } from './builder.ts'

export const MediaWarningType = builder.objectRef<MediaWarning>('MediaWarning').implement({
  description: 'Defect of a file that is usable all the same, worded for the person who uploaded it.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'Kind of the defect, for programs: `TRUNCATED` if the end of the file is missing, `UNSUPPORTED_CODEC` if the server cannot decode the picture.',
    }),
    message: t.exposeString('message', {
      description: 'Explanation for people, such as `The file ends after 12 s of 60 s.`',
    }),
  }),
})
