import { Plus, Shapes } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { type MediaDetail, useConvertMedia } from '../../data/media.ts'
import { missingProfiles } from '../../parts/media/convertible.ts'
import { RenditionTable } from '../../parts/media/RenditionTable.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Problem } from '../../parts/ui/Problem.tsx'
import styles from './MediaScreen.module.css'

/** Renditions of a media: what exists, what is being made, and what can be made. */
export const RenditionsTab = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media')
  const convert = useConvertMedia()
  const missing = media.viewerCanUpdate.allowed ? missingProfiles(media) : []
  return (
    <div className={styles.stack}>
      {media.renditions.length === 0 ? (
        <EmptyState icon={<Shapes size={24} aria-hidden />} title={t('renditions.empty')}>
          {media.status === 'PROCESSING' ? t('renditions.notYet') : t('renditions.emptyHint')}
        </EmptyState>
      ) : (
        <RenditionTable media={media} />
      )}
      {missing.length > 0 && (
        <section className={styles.row} aria-label={t('renditions.more')}>
          {missing.map((profile) => (
            <Button
              key={profile}
              icon={<Plus aria-hidden />}
              isPending={convert.isPending && [convert.variables.input.profiles].flat().includes(profile)}
              isDisabled={convert.isPending}
              onPress={() => convert.mutate({ input: { mediaId: media.id, profiles: [profile] } })}
            >
              {t('renditions.add', { profile: t('profile', { profile }) })}
            </Button>
          ))}
        </section>
      )}
      {convert.error !== null && <Problem error={convert.error} />}
    </div>
  )
}
