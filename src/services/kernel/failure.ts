import { z } from 'zod'

/** Why processing failed, in words for the person who uploaded the file; stored as JSON beside the status. */
export const failureShape = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().nullable(),
  retryable: z.boolean(),
  at: z.iso.datetime(),
})

export type Failure = z.infer<typeof failureShape>

/** Reads the stored column. */
export const parseFailure = (stored: unknown): Failure | null => (stored === null ? null : failureShape.parse(stored))
