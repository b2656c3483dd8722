import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type DuplicateCluster, useMerge } from '../../data/duplicates.ts'
import { useToasts } from '../../state/toasts.ts'
import { useFormat } from '../format.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './Cluster.module.css'
import { Copy } from './Copy.tsx'

/** The media with the most uses, the oldest of equals: merging into it changes the least. */
const suggestKept = ({ media }: DuplicateCluster) =>
  media.toSorted((one, other) => other.usageCount - one.usageCount || one.uploadedAt.localeCompare(other.uploadedAt))[0]

/** Media with equal content side by side, of which one is kept. */
export const Cluster = ({ cluster }: { cluster: DuplicateCluster }) => {
  const t = useTranslations('duplicates')
  const common = useTranslations('common')
  const format = useFormat()
  const show = useToasts((state) => state.show)
  const merge = useMerge()
  const [keptId, setKeptId] = useState<string | null>(null)
  const [isAsking, setIsAsking] = useState(false)
  const kept = cluster.media.find(({ id }) => id === keptId) ?? suggestKept(cluster)
  if (kept === undefined) return null
  const removed = cluster.media.filter(({ id }) => id !== kept.id)
  const run = (): void =>
    merge.mutate(
      { keepId: kept.id, removeIds: removed.map(({ id }) => id) },
      {
        onSuccess: () => {
          show({ tone: 'success', message: t('merged', { count: removed.length, title: kept.title }) })
          setIsAsking(false)
        },
      },
    )
  return (
    <section className={styles.cluster} aria-label={kept.title}>
      <header className={styles.header}>
        <h2>{t('cluster', { count: cluster.media.length })}</h2>
        <Badge tone="warning">{t('wasted', { bytes: format.bytes(cluster.wastedBytes) })}</Badge>
        <Button onPress={() => setIsAsking(true)}>{t('merge')}</Button>
      </header>
      <ul className={styles.copies}>
        {cluster.media.map((media) => (
          <Copy key={media.id} media={media} isKept={media.id === kept.id} onKeep={() => setKeptId(media.id)} />
        ))}
      </ul>
      <Dialog
        title={t('mergeTitle', { count: removed.length })}
        size="small"
        isOpen={isAsking}
        isAlert
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onPress={() => setIsAsking(false)}>{common('cancel')}</Button>
            <Button variant="primary" isPending={merge.isPending} onPress={run}>
              {t('confirm')}
            </Button>
          </>
        }
      >
        <p>{t('mergeText', { title: kept.title })}</p>
        {merge.error !== null && <Notice tone="danger" title={merge.error.message} isAlert />}
      </Dialog>
    </section>
  )
}
