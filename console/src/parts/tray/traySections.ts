import type { ComponentType } from 'react'
import { UploadTraySection, useBusyUploadCount } from '../upload/UploadTraySection.tsx'

export interface TraySection {
  id: string
  /** Hook that returns the number of things in progress, for the badge of the tray. */
  useRunningCount(): number
  /** List of these things, with its own heading; renders nothing without any. */
  Section: ComponentType
}

/** Lists in the activity tray besides operations. The order never changes while the page is open. */
export const traySections: readonly TraySection[] = [
  { id: 'uploads', useRunningCount: useBusyUploadCount, Section: UploadTraySection },
]
