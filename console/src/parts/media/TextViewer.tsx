import { useTranslations } from 'use-intl'
import { useMediaText } from '../../data/mediaText.ts'
import { Notice } from '../ui/Notice.tsx'
import { Problem } from '../ui/Problem.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './MediaViewer.module.css'
import type { Viewable } from './viewable.ts'

/** Shows the beginning of a text file. */
export const TextViewer = ({ media }: { media: Viewable }) => {
  const t = useTranslations('media.viewer')
  const { data, error, refetch } = useMediaText(media.url)
  if (data === undefined)
    return (
      <div className={styles.text}>
        {error === null ? <Skeleton height="16rem" /> : <Problem error={error} onRetry={() => void refetch()} />}
      </div>
    )
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={styles.text} aria-label={t('text', { title: media.title })} tabIndex={0}>
        <pre>{data.text}</pre>
      </section>
      {data.isCut && <Notice>{t('cut')}</Notice>}
    </>
  )
}
