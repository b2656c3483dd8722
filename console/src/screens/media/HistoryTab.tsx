import { History } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useMediaHistory } from '../../data/history.ts'
import type { MediaDetail } from '../../data/media.ts'
import { HistoryEntry } from '../../parts/media/HistoryEntry.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { PagedContent } from '../../parts/ui/PagedContent.tsx'
import styles from './MediaScreen.module.css'

/** Everything that happened to a media, newest first. */
export const HistoryTab = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media.history')
  const query = useMediaHistory(media.id)
  return (
    <section className={styles.card} aria-label={t('title')}>
      <PagedContent query={query} empty={<EmptyState icon={<History size={24} aria-hidden />} title={t('empty')} />}>
        {(events) => (
          <ol>
            {events.map((event) => (
              <HistoryEntry key={event.id} event={event} />
            ))}
          </ol>
        )}
      </PagedContent>
    </section>
  )
}
