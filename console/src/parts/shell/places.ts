import { Images, ListChecks, type LucideIcon, Trash2 } from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

interface Place {
  to: '/library' | '/trash' | '/operations'
  label: 'library' | 'trash' | 'operations'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/trash', label: 'trash', icon: Trash2, needs: 'upload' },
  { to: '/operations', label: 'operations', icon: ListChecks, needs: 'upload' },
]
