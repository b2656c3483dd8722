import type { OperationStatus } from '../../api/generated/documents.ts'

export const toneOfStatus = {
  QUEUED: 'neutral',
  RUNNING: 'accent',
  COMPLETED: 'success',
  PARTIALLY_COMPLETED: 'warning',
  FAILED: 'danger',
  CANCELLED: 'neutral',
} as const satisfies Record<OperationStatus, string>

/** Colour of the progress bar of an operation. */
export const progressToneOf = (status: OperationStatus): 'accent' | 'danger' | 'success' =>
  status === 'FAILED' ? 'danger' : status === 'COMPLETED' ? 'success' : 'accent'
