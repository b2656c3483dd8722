import { Images, type LucideIcon, MonitorPlay, Users } from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

interface Place {
  to: '/library' | '/playground' | '/people'
  label: 'library' | 'playground' | 'people'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/playground', label: 'playground', icon: MonitorPlay, needs: 'assign' },
  { to: '/people', label: 'people', icon: Users, needs: 'assign' },
]
