import { Link, useParams } from '@tanstack/react-router'
import { ListChecks } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { isFinished, type Operation } from '../../data/operationCache.ts'
import { useCancelOperation, useOperation, useOperationFailures, useOperationNotes } from '../../data/operations.ts'
import { useFormat } from '../../parts/format.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { progressToneOf, toneOfStatus } from '../../parts/tray/operationText.ts'
import { Badge } from '../../parts/ui/Badge.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Notice } from '../../parts/ui/Notice.tsx'
import { Progress } from '../../parts/ui/Progress.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import { ItemList } from './ItemList.tsx'
import styles from './OperationsScreen.module.css'

const Facts = ({ operation }: { operation: Operation }) => {
  const t = useTranslations('operations')
  const format = useFormat()
  const { succeeded, failed, createdAt, finishedAt, requestedBy } = operation
  const facts = [
    [t('succeeded'), format.number(succeeded)],
    [t('failures'), format.number(failed)],
    [t('requestedAt'), format.dateTime(createdAt)],
    [t('requestedBy'), requestedBy?.name ?? '–'],
    [t('finished'), finishedAt === null ? '–' : format.dateTime(finishedAt)],
  ] as const
  return (
    <dl className={styles.facts}>
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const State = ({ operation }: { operation: Operation }) => {
  const t = useTranslations('operations')
  const cancel = useCancelOperation()
  const { id, summary, status, percent, processed, total } = operation
  return (
    <section className={styles.panel} aria-label={t('progressOf', { summary })}>
      <div className={styles.state}>
        <Badge tone={toneOfStatus[status]}>{t('status', { status })}</Badge>
        <span>{t('processed', { processed, total })}</span>
      </div>
      <Progress label={t('progressOf', { summary })} percent={percent} tone={progressToneOf(status)} />
      <Facts operation={operation} />
      {cancel.error !== null && (
        <Notice tone="danger" isAlert>
          {cancel.error.message}
        </Notice>
      )}
      {!isFinished(operation) && (
        <div className={styles.state}>
          <p className={styles.hint}>{t('stopHint')}</p>
          <Button variant="danger" isPending={cancel.isPending} onPress={() => cancel.mutate(id)}>
            {t('stop')}
          </Button>
        </div>
      )}
    </section>
  )
}

const Failures = ({ operation }: { operation: Operation }) => {
  const t = useTranslations('operations')
  const { data = [], hasNextPage, isFetchingNextPage, fetchNextPage } = useOperationFailures(operation)
  if (operation.failed === 0) return null
  return (
    <section className={styles.section}>
      <h2>{`${t('failures')} (${operation.failed})`}</h2>
      <ItemList
        label={t('failures')}
        items={data}
        hasMore={hasNextPage}
        isLoadingMore={isFetchingNextPage}
        onMore={() => void fetchNextPage()}
      />
    </section>
  )
}

const Notes = ({ operation }: { operation: Operation }) => {
  const t = useTranslations('operations')
  const { data = [], hasNextPage, isFetchingNextPage, fetchNextPage } = useOperationNotes(operation)
  if (data.length === 0) return null
  return (
    <section className={styles.section}>
      <h2>{t('notes')}</h2>
      <ItemList
        label={t('notes')}
        items={data}
        hasMore={hasNextPage}
        isLoadingMore={isFetchingNextPage}
        onMore={() => void fetchNextPage()}
      />
    </section>
  )
}

/** One bulk change: live progress, cancellation, failures by item, and notes. */
export const OperationScreen = () => {
  const t = useTranslations('operations')
  const { id } = useParams({ from: '/shell/operations/$id' })
  const { data: operation, error } = useOperation(id)
  if (error !== null && operation === undefined) throw error
  if (operation === null)
    return (
      <>
        <ScreenHeader title={t('title')} />
        <EmptyState
          icon={<ListChecks size={24} aria-hidden />}
          title={t('notFound')}
          action={<Link to="/operations">{t('all')}</Link>}
        >
          {t('notFoundHint')}
        </EmptyState>
      </>
    )
  return (
    <>
      <ScreenHeader title={operation?.summary ?? t('title')} above={<Link to="/operations">{t('all')}</Link>} />
      <div className={styles.details}>
        {operation === undefined ? (
          <Skeleton height="11rem" />
        ) : (
          <>
            <State operation={operation} />
            <Failures operation={operation} />
            <Notes operation={operation} />
          </>
        )}
      </div>
    </>
  )
}
