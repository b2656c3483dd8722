import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { isFinished, type Operation } from '../../data/operationCache.ts'
import { useCancelOperation } from '../../data/operations.ts'
import { useToasts } from '../../state/toasts.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { Progress } from '../ui/Progress.tsx'
import styles from './OperationItem.module.css'
import { progressToneOf, toneOfStatus } from './operationText.ts'

/** One operation in a list: what it does, how far it is, and a button to cancel it. */
export const OperationItem = ({ operation }: { operation: Operation }) => {
  const t = useTranslations('operations')
  const format = useFormat()
  const show = useToasts((state) => state.show)
  const cancel = useCancelOperation()
  const { id, summary, status, processed, total, failed, percent, createdAt } = operation
  const stop = (): void => cancel.mutate(id, { onError: ({ message }) => show({ tone: 'danger', message }) })
  return (
    <article className={styles.item}>
      <div className={styles.head}>
        <Link className={styles.summary} to="/operations/$id" params={{ id }}>
          {summary}
        </Link>
        {!isFinished(operation) && (
          <IconButton
            label={t('cancel', { summary })}
            hint={t('cancelShort')}
            icon={<X aria-hidden />}
            onPress={stop}
          />
        )}
      </div>
      {!isFinished(operation) && (
        <Progress label={t('progressOf', { summary })} percent={percent} tone={progressToneOf(status)} />
      )}
      <p className={styles.facts}>
        <Badge tone={toneOfStatus[status]}>{t('status', { status })}</Badge>
        <span>{t('processed', { processed, total })}</span>
        {failed > 0 && <span className={styles.failed}>{t('failed', { count: failed })}</span>}
        <time className={styles.time} dateTime={createdAt}>
          {format.relative(createdAt)}
        </time>
      </p>
    </article>
  )
}
