import { QueryErrorResetBoundary } from '@tanstack/react-query'
import { CircleAlert } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { RequestError } from '../api/errors.ts'
import { Button } from '../parts/ui/Button.tsx'
import { EmptyState } from '../parts/ui/EmptyState.tsx'

interface FailureMessageProps {
  error: Error
  onRetry(): void
}

const FailureMessage = ({ error, onRetry }: FailureMessageProps) => {
  const t = useTranslations('common')
  const requestId = error instanceof RequestError ? error.requestId : null
  return (
    <EmptyState
      icon={<CircleAlert size={24} aria-hidden />}
      title={t('failed')}
      action={
        <Button variant="primary" onPress={onRetry}>
          {t('retry')}
        </Button>
      }
    >
      <p role="alert">{error.message}</p>
      {requestId !== null && (
        <p>
          <code>{t('requestId', { id: requestId })}</code>
        </p>
      )}
    </EmptyState>
  )
}

interface BoundaryProps {
  children: ReactNode
  onRetry(): void
}

// React catches errors of rendering in classes only.
class Boundary extends Component<BoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    const retry = (): void => {
      this.props.onRetry()
      this.setState({ error: null })
    }
    return error === null ? this.props.children : <FailureMessage error={error} onRetry={retry} />
  }
}

/** Shows what could not be loaded, the id for support, and a way on. */
export const Failure = ({ children }: { children: ReactNode }) => (
  <QueryErrorResetBoundary>{({ reset }) => <Boundary onRetry={reset}>{children}</Boundary>}</QueryErrorResetBoundary>
)
