import { type ComponentType, lazy } from 'react'
import type { BulkAction } from '../../api/generated/documents.ts'
import type { BulkDialogProps } from './BulkDialog.tsx'

/** Dialogs of the bulk changes, fetched when the first one opens. */
export const bulkDialogs: Record<BulkAction, ComponentType<BulkDialogProps>> = {
  TAG: lazy(async () => ({ default: (await import('./TagDialog.tsx')).TagDialog })),
  MOVE: lazy(async () => ({ default: (await import('./MoveDialog.tsx')).MoveDialog })),
  LINK: lazy(async () => ({ default: (await import('./LinkDialog.tsx')).LinkDialog })),
  DELETE: lazy(async () => ({ default: (await import('./DeleteManyDialog.tsx')).DeleteManyDialog })),
  RESTORE: lazy(async () => ({ default: (await import('./RestoreManyDialog.tsx')).RestoreManyDialog })),
  PURGE: lazy(async () => ({ default: (await import('./PurgeManyDialog.tsx')).PurgeManyDialog })),
}

/** Dialog for a selection of one media, which an admin may delete although it is in use. */
export const DeleteOneDialog = lazy(async () => ({ default: (await import('./DeleteOneDialog.tsx')).DeleteOneDialog }))
