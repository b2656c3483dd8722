import { RotateCw } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

interface FailureNoticeProps {
  title: string
  failure: { message: string; remedy: string | null; retryable: boolean }
  /** Absent: the caller may not repeat the work. */
  onRetry?(): void
  isPending?: boolean
}

/** Says in the words of the server why a file cannot be used and what helps, and offers to try again if that can help. */
export const FailureNotice = ({ title, failure, onRetry, isPending = false }: FailureNoticeProps) => {
  const t = useTranslations('media.failed')
  const retry = failure.retryable && onRetry !== undefined && (
    <Button size="small" icon={<RotateCw aria-hidden />} isPending={isPending} onPress={onRetry}>
      {t('retry')}
    </Button>
  )
  return (
    <Notice tone="danger" title={title} action={retry}>
      <p>{failure.message}</p>
      {failure.remedy !== null && <p>{failure.remedy}</p>}
    </Notice>
  )
}
