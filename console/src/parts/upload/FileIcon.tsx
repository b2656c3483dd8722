import { File, FileText, Film, Image, type LucideIcon, Music } from 'lucide-react'

const icons: Record<string, LucideIcon> = { video: Film, audio: Music, image: Image, text: FileText }

/** Icon of the type that the browser suggests for a file. */
export const FileIcon = ({ type }: { type: string }) => {
  const Icon = type === 'application/pdf' ? FileText : (icons[type.split('/', 1)[0] ?? ''] ?? File)
  return <Icon aria-hidden />
}
