import { z } from 'zod'
import type { Clock } from './ports.ts'

/** Reason why processing failed, in words for the person who uploaded the file; stored as JSON beside the status. */
export const failureShape = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().nullable(),
  retryable: z.boolean(),
  at: z.iso.datetime(),
})

export type ProcessingFailure = z.infer<typeof failureShape>
export type FailureReason = Omit<ProcessingFailure, 'at'>

/** Adds the time and drops all other fields: the reason may be an error object that has more of them. */
export const datedFailure = ({ code, message, remedy, retryable }: FailureReason, clock: Clock): ProcessingFailure => ({
  code,
  message,
  remedy,
  retryable,
  at: clock.now().toISOString(),
})

/** Parses the stored column. */
export const parseFailure = (stored: unknown): ProcessingFailure | null =>
  stored === null ? null : failureShape.parse(stored)
