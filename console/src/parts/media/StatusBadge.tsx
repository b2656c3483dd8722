import { useTranslations } from 'use-intl'
import type { MediaStatus } from '../../api/generated/documents.ts'
import { Badge } from '../ui/Badge.tsx'

const tones = { READY: 'success', PROCESSING: 'accent', FAILED: 'danger' } as const

/** Says whether a media can be shown. */
export const StatusBadge = ({ status }: { status: MediaStatus }) => {
  const t = useTranslations('library')
  return <Badge tone={tones[status]}>{t('status', { status })}</Badge>
}
