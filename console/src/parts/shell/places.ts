import { Images, ListChecks, type LucideIcon } from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

interface Place {
  to: '/library' | '/operations'
  label: 'library' | 'operations'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/operations', label: 'operations', icon: ListChecks, needs: 'upload' },
]
