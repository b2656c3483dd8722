import { Download, ExternalLink, RotateCw, X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { type Rendition, useCancelRendition, useRetryRendition } from '../../data/renditions.ts'
import { useToasts } from '../../state/toasts.ts'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './RenditionTable.module.css'

interface RenditionActionsProps {
  mediaId: string
  rendition: Rendition
  mayChange: boolean
}

/** Opens a finished rendition, cancels one in progress, or repeats a failed one. */
export const RenditionActions = ({
  mediaId,
  rendition: { id, profile, status, url, failure },
  mayChange,
}: RenditionActionsProps) => {
  const t = useTranslations('media')
  const show = useToasts((state) => state.show)
  const retry = useRetryRendition(mediaId)
  const cancel = useCancelRendition(mediaId)
  const name = t('profile', { profile })
  const onError = (error: Error) => show({ tone: 'danger', message: error.message })
  const canRetry = mayChange && (status === 'CANCELLED' || (status === 'FAILED' && failure?.retryable === true))
  return (
    <span className={styles.actions}>
      {url !== null && (
        <>
          <a
            className={styles.link}
            href={url}
            target="_blank"
            rel="noreferrer"
            aria-label={t('renditions.open', { profile: name })}
          >
            <ExternalLink size={16} aria-hidden />
          </a>
          <a className={styles.link} href={url} download aria-label={t('renditions.download', { profile: name })}>
            <Download size={16} aria-hidden />
          </a>
        </>
      )}
      {mayChange && (status === 'QUEUED' || status === 'PROCESSING') && (
        <IconButton
          label={t('renditions.cancelLabel', { profile: name })}
          icon={<X aria-hidden />}
          isPending={cancel.isPending}
          onPress={() => cancel.mutate({ id }, { onError })}
        />
      )}
      {canRetry && (
        <IconButton
          label={t('renditions.retryLabel', { profile: name })}
          icon={<RotateCw aria-hidden />}
          isPending={retry.isPending}
          onPress={() => retry.mutate({ id }, { onError })}
        />
      )}
    </span>
  )
}
