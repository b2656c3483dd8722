import { Smartphone } from 'lucide-react'
import { useState } from 'react'
import { ToggleButton } from 'react-aria-components/ToggleButton'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { usePermissions } from '../../data/session.ts'
import { EditForm } from '../../parts/media/EditForm.tsx'
import { MediaFacts } from '../../parts/media/MediaFacts.tsx'
import { MediaTexts } from '../../parts/media/MediaTexts.tsx'
import { MediaViewer } from '../../parts/media/MediaViewer.tsx'
import type { DraftState } from '../../parts/media/useDraft.ts'
import { mediaToView } from '../../parts/media/viewable.ts'
import { Notice } from '../../parts/ui/Notice.tsx'
import styles from './OverviewTab.module.css'

interface OverviewTabProps {
  media: MediaDetail
  state: DraftState
}

/** The file in a viewer, with its texts beside it. */
export const OverviewTab = ({ media, state }: OverviewTabProps) => {
  const t = useTranslations('media')
  const { upload } = usePermissions()
  const [isPhone, setIsPhone] = useState(false)
  const { allowed, reason } = media.viewerCanUpdate
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <div className={isPhone ? styles.phone : undefined}>
          <MediaViewer media={mediaToView(media)} />
        </div>
        <div className={styles.tools}>
          <ToggleButton className={styles.toggle} isSelected={isPhone} onChange={setIsPhone}>
            <Smartphone size={16} aria-hidden />
            {t('phone')}
          </ToggleButton>
        </div>
        <section className={styles.details}>
          <h2>{t('details')}</h2>
          <MediaFacts media={media} hasPlace={false} />
        </section>
      </div>
      <div className={styles.column}>
        <section className={styles.card}>
          {upload && !allowed && media.deletedAt === null && <Notice title={t('edit.notAllowed')}>{reason}</Notice>}
          {allowed || state.isDirty ? <EditForm media={media} state={state} /> : <MediaTexts media={media} />}
        </section>
      </div>
    </div>
  )
}
