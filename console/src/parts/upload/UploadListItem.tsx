import { Link } from '@tanstack/react-router'
import { Pause, Play, RotateCcw, X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { isFinal, type Stage, type UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { Progress } from '../ui/Progress.tsx'
import { DuplicateChoice, UsedMedia } from './DuplicateChoice.tsx'
import { UploadFailureText } from './UploadFailureText.tsx'
import styles from './UploadList.module.css'

const withBar: readonly Stage[] = ['waiting', 'sending', 'interrupted', 'paused', 'processing']
const tones: Partial<Record<Stage, 'success' | 'danger'>> = { ready: 'success', failed: 'danger' }

const Actions = ({ item: { id, file, stage, failure } }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const dispatch = useUploads((state) => state.dispatch)
  const { name } = file
  const canPause = stage === 'sending' || stage === 'interrupted' || stage === 'waiting'
  const canCancel = canPause || stage === 'paused' || stage === 'checking' || stage === 'duplicate'
  return (
    <>
      {canPause && (
        <IconButton
          label={t('pause', { name })}
          icon={<Pause aria-hidden />}
          onPress={() => dispatch({ type: 'paused', id })}
        />
      )}
      {stage === 'paused' && (
        <IconButton
          label={t('resume', { name })}
          icon={<Play aria-hidden />}
          onPress={() => dispatch({ type: 'resumed', id })}
        />
      )}
      {failure !== null && failure.retry !== null && (
        <IconButton
          label={t('retry', { name })}
          icon={<RotateCcw aria-hidden />}
          onPress={() => dispatch({ type: 'retried', id })}
        />
      )}
      {canCancel && (
        <IconButton
          label={t('cancel', { name })}
          icon={<X aria-hidden />}
          onPress={() => dispatch({ type: 'cancelRequested', id })}
        />
      )}
      {isFinal({ stage }) && (
        <IconButton
          label={t('dismiss', { name })}
          icon={<X aria-hidden />}
          onPress={() => dispatch({ type: 'removed', id })}
        />
      )}
    </>
  )
}

const Facts = ({ item: { stage, file, sentBytes, bytesPerSecond } }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const format = useFormat()
  const percent = `${Math.floor((sentBytes / file.size) * 100)} %`
  const secondsLeft = bytesPerSecond ? (file.size - sentBytes) / bytesPerSecond : null
  const isPartial = ['sending', 'interrupted', 'paused', 'waiting'].includes(stage) && sentBytes > 0
  return (
    <p className={styles.facts} data-tone={tones[stage]}>
      <span>
        {isPartial && stage === 'sending'
          ? t('sent', { sent: format.bytes(sentBytes), size: format.bytes(file.size), percent })
          : t('state', { stage })}
      </span>
      <span>
        {stage === 'sending' && secondsLeft !== null
          ? t('remaining', { time: format.duration(Math.max(1, secondsLeft)) })
          : isPartial
            ? percent
            : format.bytes(file.size)}
      </span>
    </p>
  )
}

/** One file in the list of uploads: how far it is, what is wrong, and what can be done. */
export const UploadListItem = ({ item }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const { id, file, title, stage, sentBytes, reason, mediaId, uploadId, failure } = item
  const dispatch = useUploads((state) => state.dispatch)
  const setDialogOpen = useUploads((state) => state.setDialogOpen)
  const edit = (): void => {
    dispatch({ type: 'reopened', id })
    setDialogOpen(true)
  }
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <p className={styles.name} title={file.name}>
          {stage === 'ready' && mediaId !== null ? (
            <Link to="/library" search={{ media: mediaId }}>
              {title || file.name}
            </Link>
          ) : (
            file.name
          )}
        </p>
        <Actions item={item} />
      </div>
      {withBar.includes(stage) && (
        <Progress
          label={t('progressOf', { name: file.name })}
          percent={stage === 'processing' ? null : Math.floor((sentBytes / file.size) * 100)}
        />
      )}
      <Facts item={item} />
      {stage === 'interrupted' && (
        <p className={styles.text}>{reason === null ? t('offline') : t('interruptedBy', { reason })}</p>
      )}
      {failure !== null && <UploadFailureText failure={failure} />}
      {failure?.retry === 'upload' && uploadId === null && item.replaces === null && (
        <div className={styles.actions}>
          <Button size="small" onPress={edit}>
            {t('edit')}
          </Button>
        </div>
      )}
      {stage === 'duplicate' && <DuplicateChoice item={item} />}
      {stage === 'used' && <UsedMedia item={item} />}
    </li>
  )
}
