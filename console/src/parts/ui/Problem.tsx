import { useTranslations } from 'use-intl'
import { RequestError } from '../../api/errors.ts'
import { Button } from './Button.tsx'
import { Notice } from './Notice.tsx'

interface ProblemProps {
  error: Error
  title?: string
  onRetry?(): void
}

/** Says in the words of the server why something did not work, with the id for support. */
export const Problem = ({ error, title, onRetry }: ProblemProps) => {
  const t = useTranslations('common')
  const request = error instanceof RequestError ? error : null
  const retry = onRetry && (
    <Button size="small" onPress={onRetry}>
      {t('retry')}
    </Button>
  )
  return (
    <Notice tone="danger" title={title} isAlert action={retry}>
      <p>{error.message}</p>
      {request?.retryAfterSeconds != null && <p>{t('retryAfter', { seconds: request.retryAfterSeconds })}</p>}
      {request?.requestId != null && (
        <p>
          <code>{t('requestId', { id: request.requestId })}</code>
        </p>
      )}
    </Notice>
  )
}
