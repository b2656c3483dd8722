import { Link } from '@tanstack/react-router'
import { CircleAlert, Compass, Lock } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { RequestError } from '../../api/errors.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'

interface ErrorPageProps {
  error: Error
  onRetry(): void
}

/** Shown instead of a screen that could not be loaded: what is wrong, the id for support, and a way on. */
export const ErrorPage = ({ error, onRetry }: ErrorPageProps) => {
  const t = useTranslations('common')
  const request = error instanceof RequestError ? error : null
  return (
    <EmptyState
      isScreen
      icon={<CircleAlert size={24} aria-hidden />}
      title={request?.code === 'FORBIDDEN' ? t('forbidden') : t('failed')}
      action={
        <Button variant="primary" onPress={onRetry}>
          {t('retry')}
        </Button>
      }
    >
      <p role="alert">{error.message}</p>
      {request?.retryAfterSeconds != null && <p>{t('retryAfter', { seconds: request.retryAfterSeconds })}</p>}
      {request?.requestId != null && (
        <p>
          <code>{t('requestId', { id: request.requestId })}</code>
        </p>
      )}
    </EmptyState>
  )
}

/** Shown at addresses without a screen, and for things that do not exist or may not be seen. */
export const NotFoundPage = ({ title, hint }: { title?: string; hint?: string }) => {
  const t = useTranslations('common')
  return (
    <EmptyState
      isScreen
      icon={<Compass size={24} aria-hidden />}
      title={title ?? t('notFound')}
      action={<Link to="/library">{t('toLibrary')}</Link>}
    >
      <p>{hint ?? t('notFoundHint')}</p>
    </EmptyState>
  )
}

/** Shown instead of a screen that the role of the person does not include. */
export const ForbiddenPage = () => {
  const t = useTranslations('common')
  return (
    <EmptyState
      isScreen
      icon={<Lock size={24} aria-hidden />}
      title={t('forbidden')}
      action={<Link to="/library">{t('toLibrary')}</Link>}
    >
      <p>{t('forbiddenHint')}</p>
    </EmptyState>
  )
}
