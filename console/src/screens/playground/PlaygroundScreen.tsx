import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { RefusalError } from '../../api/errors.ts'
import { type AssignableMedia, useAssign } from '../../data/assignments.ts'
import { MediaChoice } from '../../parts/people/MediaChoice.tsx'
import { PeopleChoice } from '../../parts/people/PeopleChoice.tsx'
import { RecentAssignments } from '../../parts/people/RecentAssignments.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { Notice } from '../../parts/ui/Notice.tsx'
import { useToasts } from '../../state/toasts.ts'
import styles from './PlaygroundScreen.module.css'

interface Failure {
  nodeId: string
  message: string
}

/** People who block a batch, with the server's reasons; empty for other errors. */
const failuresOf = (error: Error): Failure[] =>
  error instanceof RefusalError && 'failures' in error.refusal ? (error.refusal.failures as Failure[]) : [] // as: only BatchRefusedError has failures

const maxShownFailures = 10

const RefusalNotice = ({ error }: { error: Error }) => {
  const t = useTranslations('playground')
  const failures = failuresOf(error)
  return (
    <Notice tone="danger" title={t('refusedTitle')} isAlert>
      <p>{error.message}</p>
      {failures.length > 0 && <p>{t('refusedPeople', { count: failures.length })}</p>}
      <ul>
        {failures.slice(0, maxShownFailures).map(({ nodeId, message }) => (
          <li key={nodeId}>{message}</li>
        ))}
      </ul>
    </Notice>
  )
}

/** Media beside people: assigns a media to one person or to many, and undoes it. */
export const PlaygroundScreen = () => {
  const t = useTranslations('playground')
  const show = useToasts((state) => state.show)
  const [media, setMedia] = useState<AssignableMedia | null>(null)
  const [userIds, setUserIds] = useState<ReadonlySet<string>>(new Set())
  const assign = useAssign()
  const run = (): void => {
    if (media === null) return
    assign.mutate(
      { mediaId: media.id, userIds: [...userIds] },
      {
        onSuccess: () => {
          show({ tone: 'success', message: t('assigned', { count: userIds.size, title: media.title }) })
          setUserIds(new Set())
        },
      },
    )
  }
  const isReady = media !== null && userIds.size > 0
  return (
    <>
      <ScreenHeader title={t('title')}>
        {!isReady && <span className={styles.hint}>{t('chooseBoth')}</span>}
        <Button variant="primary" isDisabled={!isReady} isPending={assign.isPending} onPress={run}>
          {t('assign', { count: media === null ? 0 : userIds.size })}
        </Button>
      </ScreenHeader>
      <div className={styles.screen}>
        {assign.error !== null && <RefusalNotice error={assign.error} />}
        <div className={styles.columns}>
          <MediaChoice chosen={media} onChoose={setMedia} />
          <PeopleChoice chosen={userIds} onChoose={setUserIds} />
          <RecentAssignments />
        </div>
      </div>
    </>
  )
}
