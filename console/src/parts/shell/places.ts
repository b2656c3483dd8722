import {
  ChartColumn,
  Copy,
  GraduationCap,
  Images,
  ListChecks,
  type LucideIcon,
  MonitorPlay,
  ScrollText,
  Trash2,
  Users,
} from 'lucide-react'
import type { usePermissions } from '../../data/session.ts'

export interface Place {
  to: `/${Place['label']}`
  label: 'library' | 'courses' | 'playground' | 'people' | 'duplicates' | 'trash' | 'operations' | 'analytics' | 'log'
  icon: LucideIcon
  /** Permission without which the screen is not offered; null if all people may see it. */
  needs: Exclude<keyof ReturnType<typeof usePermissions>, '__typename'> | null
}

/** Screens of the main navigation, in their order. */
export const places: readonly Place[] = [
  { to: '/library', label: 'library', icon: Images, needs: null },
  { to: '/courses', label: 'courses', icon: GraduationCap, needs: null },
  { to: '/playground', label: 'playground', icon: MonitorPlay, needs: 'assign' },
  { to: '/people', label: 'people', icon: Users, needs: 'assign' },
  { to: '/duplicates', label: 'duplicates', icon: Copy, needs: 'upload' },
  { to: '/trash', label: 'trash', icon: Trash2, needs: 'upload' },
  { to: '/operations', label: 'operations', icon: ListChecks, needs: 'upload' },
  { to: '/analytics', label: 'analytics', icon: ChartColumn, needs: 'analytics' },
  { to: '/log', label: 'log', icon: ScrollText, needs: 'readLog' },
]
