import { GraduationCap, Images, type LucideIcon } from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

interface Place {
  to: '/library' | '/courses'
  label: 'library' | 'courses'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/courses', label: 'courses', icon: GraduationCap, needs: null },
]
