import type { ProcessingFailure } from '../services/kernel/failure.ts'
import { builder } from './builder.ts'

export const FailureType = builder.objectRef<ProcessingFailure>('Failure').implement({
  description: 'Why an upload, an examination or a conversion failed, worded for the person who uploaded the file.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Kind of the failure, for programs, such as `NOT_MEDIA`, `TRUNCATED` or `KIND_MISMATCH`.',
    }),
    message: t.exposeString('message', { description: 'Explanation for people: what went wrong.' }),
    remedy: t.exposeString('remedy', {
      nullable: true,
      description: 'Advice to the uploader on what to do; null if there is nothing to do.',
    }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether a retry with the same bytes can succeed.',
    }),
    at: t.field({ type: 'DateTime', description: 'Time of the failure.', resolve: ({ at }) => new Date(at) }),
  }),
})
