import { lazy } from 'react'

/** Dialogs of the bulk changes, fetched when the first one opens. */
export const bulkDialogs = {
  TAG: lazy(async () => ({ default: (await import('./TagDialog.tsx')).TagDialog })),
  LINK: lazy(async () => ({ default: (await import('./LinkDialog.tsx')).LinkDialog })),
  DELETE: lazy(async () => ({ default: (await import('./DeleteManyDialog.tsx')).DeleteManyDialog })),
  RESTORE: lazy(async () => ({ default: (await import('./RestoreManyDialog.tsx')).RestoreManyDialog })),
  PURGE: lazy(async () => ({ default: (await import('./PurgeManyDialog.tsx')).PurgeManyDialog })),
}
