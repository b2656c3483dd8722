import { useState } from 'react'
import type { BulkAction, BulkMediaInput } from '../../api/generated/documents.ts'
import { type BulkRequest, isCountConflict, useBulkPreview, useExactCount, useStartBulk } from '../../data/bulk.ts'

/** Bulk changes that select from the trash. */
const isOfTrash = (action: BulkAction): boolean => action === 'RESTORE' || action === 'PURGE'

/**
 * Preview and start of a bulk change. If the filter selects another number of media than was expected, nothing can be
 * started until the new number is accepted.
 */
export const useBulkDialog = (action: BulkAction, input: BulkMediaInput) => {
  const [acceptedCount, setAcceptedCount] = useState<number | null>(null)
  const target: BulkMediaInput = {
    ...input,
    ...(acceptedCount === null ? {} : { expectedCount: acceptedCount }),
    errorPolicy: 'REJECT_FAILED_ROWS',
  }
  const preview = useBulkPreview(action, target)
  const start = useStartBulk()
  const hasChanged = isCountConflict(preview.error)
  const filter = input.filter ?? null
  const count = useExactCount(
    hasChanged && filter !== null ? { ...filter, ...(isOfTrash(action) ? { trashed: true } : {}) } : null,
  )
  return {
    target,
    preview,
    start,
    /** The numbers before and now, if they differ; `now` is undefined until it is counted. */
    change: hasChanged ? { before: target.expectedCount ?? 0, now: count.data } : null,
    accept: (now: number): void => {
      start.reset()
      setAcceptedCount(now)
    },
    canStart: preview.isSuccess && !preview.isFetching && preview.data.allowed > 0,
  }
}

export type BulkDialogState = ReturnType<typeof useBulkDialog>

/** Writes the bulk change of a dialog, or null while a choice is missing. */
export type ToRequest = (target: BulkMediaInput) => BulkRequest | null
