import { Layers } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { usePermissions } from '../../data/session.ts'
import { useVersions, type Version } from '../../data/versions.ts'
import { ActivateDialog } from '../../parts/media/ActivateDialog.tsx'
import { VersionCompare } from '../../parts/media/VersionCompare.tsx'
import { VersionRow } from '../../parts/media/VersionRow.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { PagedContent } from '../../parts/ui/PagedContent.tsx'
import { ReplaceButton } from '../../parts/upload/ReplaceButton.tsx'
import styles from './MediaScreen.module.css'

/** Versions of a media: activate one, go back to one, or compare two. */
export const VersionsTab = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media.versions')
  const query = useVersions(media.id)
  const { upload } = usePermissions()
  const [activated, setActivated] = useState<Version | null>(null)
  // The two versions that were chosen last, by number.
  const [compared, setCompared] = useState<readonly number[]>([])
  const compare = (number: number, isCompared: boolean): void =>
    setCompared((previous) => [...previous.filter((one) => one !== number), ...(isCompared ? [number] : [])].slice(-2))
  return (
    <div className={styles.stack}>
      {upload && <ReplaceButton media={media} />}
      <PagedContent
        query={query}
        itemHeight="7rem"
        empty={<EmptyState icon={<Layers size={24} aria-hidden />} title={t('title')} />}
      >
        {(versions) => {
          const [one, other] = versions.filter(({ number }) => compared.includes(number))
          return (
            <>
              {versions.length > 1 && other === undefined && <p className={styles.hint}>{t('compareHint')}</p>}
              {one !== undefined && other !== undefined && <VersionCompare media={media} versions={[other, one]} />}
              <ul className={styles.stack} aria-label={t('title')}>
                {versions.map((version) => (
                  <VersionRow
                    key={version.id}
                    media={media}
                    version={version}
                    isCompared={compared.includes(version.number)}
                    onCompare={versions.length > 1 ? (isCompared) => compare(version.number, isCompared) : undefined}
                    onActivate={() => setActivated(version)}
                  />
                ))}
              </ul>
            </>
          )
        }}
      </PagedContent>
      {activated !== null && <ActivateDialog media={media} version={activated} onClose={() => setActivated(null)} />}
    </div>
  )
}
