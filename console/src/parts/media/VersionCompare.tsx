import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import type { Version } from '../../data/versions.ts'
import { useFormat } from '../format.ts'
import { FactList } from './MediaFacts.tsx'
import { MediaViewer } from './MediaViewer.tsx'
import styles from './VersionCompare.module.css'
import { versionToView } from './viewable.ts'

interface VersionCompareProps {
  media: MediaDetail
  versions: readonly [Version, Version]
}

/** Shows two versions side by side; the facts in which they differ are emphasized. */
export const VersionCompare = ({ media, versions }: VersionCompareProps) => {
  const t = useTranslations('media')
  const format = useFormat()
  const factsOf = ({
    mimeType,
    sizeBytes,
    width,
    height,
    durationSeconds,
    originalFileName,
    createdAt,
    sha256,
  }: Version) => [
    { name: t('facts.type'), value: mimeType },
    { name: t('facts.size'), value: format.bytes(sizeBytes) },
    {
      name: t('facts.dimensions'),
      value: width === null || height === null ? '–' : t('facts.dimensionsValue', { width, height }),
    },
    { name: t('facts.duration'), value: durationSeconds === null ? '–' : format.duration(durationSeconds) },
    { name: t('facts.fileName'), value: originalFileName },
    { name: t('facts.uploaded'), value: format.dateTime(createdAt) },
    { name: t('facts.sha256'), value: sha256.slice(0, 16) },
  ]
  const facts = versions.map(factsOf)
  const isDifferent = (index: number): boolean => facts[0]?.[index]?.value !== facts[1]?.[index]?.value
  return (
    <section className={styles.compare} aria-label={t('versions.comparing')}>
      {versions.map((version, side) => (
        <div key={version.id} className={styles.side}>
          <h2>{t('versions.number', { number: version.number })}</h2>
          <MediaViewer
            media={versionToView(media, version, `${media.title}, ${t('versions.number', { number: version.number })}`)}
          />
          <FactList facts={(facts[side] ?? []).map((fact, index) => ({ ...fact, isDifferent: isDifferent(index) }))} />
        </div>
      ))}
    </section>
  )
}
