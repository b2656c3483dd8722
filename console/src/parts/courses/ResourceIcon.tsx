import { BookOpen, Box, FileText, GraduationCap, type LucideIcon } from 'lucide-react'

const icons: Record<string, LucideIcon> = { course: GraduationCap, chapter: BookOpen, lesson: FileText }

/** Icon of a type of resources. LMSs may use any type: unknown ones have one icon. */
export const ResourceIcon = ({ type }: { type: string }) => {
  const Icon = icons[type] ?? Box
  return <Icon size={18} aria-hidden />
}
