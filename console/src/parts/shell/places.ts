import { ChartColumn, Copy, Images, type LucideIcon, MonitorPlay, ScrollText, Users } from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

interface Place {
  to: '/library' | '/playground' | '/people' | '/duplicates' | '/analytics' | '/log'
  label: 'library' | 'playground' | 'people' | 'duplicates' | 'analytics' | 'log'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/playground', label: 'playground', icon: MonitorPlay, needs: 'assign' },
  { to: '/people', label: 'people', icon: Users, needs: 'assign' },
  { to: '/duplicates', label: 'duplicates', icon: Copy, needs: 'upload' },
  { to: '/analytics', label: 'analytics', icon: ChartColumn, needs: 'analytics' },
  { to: '/log', label: 'log', icon: ScrollText, needs: 'readLog' },
]
