import type { ProcessingFailure } from '../services/kernel/failure.ts'
import { builder } from './builder.ts'

export const FailureType = builder.objectRef<ProcessingFailure>('Failure').implement({
  description: 'Why processing failed, in words for the person who uploaded the file.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'For programs: NOT_MEDIA, TRUNCATED, …' }),
    message: t.exposeString('message'),
    remedy: t.exposeString('remedy', { nullable: true, description: 'What the uploader can do about it.' }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether trying again with the same bytes can succeed.',
    }),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => new Date(at) }),
  }),
})
