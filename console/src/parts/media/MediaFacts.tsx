import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { useFormat } from '../format.ts'
import { Chip } from '../ui/Chip.tsx'
import styles from './MediaFacts.module.css'

/** Names and values, one below the other. */
export const FactList = ({
  facts,
}: {
  facts: readonly { name: string; value: ReactNode; isDifferent?: boolean }[]
}) => (
  <dl className={styles.facts}>
    {facts.map(({ name, value, isDifferent }) => (
      <div key={name} className={styles.fact} data-different={isDifferent || undefined}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

export const Tags = ({ tags }: { tags: readonly string[] }) => (
  <ul className={styles.tags}>
    {tags.map((tag) => (
      <li key={tag}>
        <Chip>{tag}</Chip>
      </li>
    ))}
  </ul>
)

interface MediaFactsProps {
  media: MediaDetail
  /** Whether folder and tags are named, too. */
  hasPlace: boolean
}

/** Facts about the file of a media. */
export const MediaFacts = ({ media, hasPlace }: MediaFactsProps) => {
  const t = useTranslations('media')
  const format = useFormat()
  const { width, height, durationSeconds, uploadedBy, folder, tags } = media
  const facts = [
    { name: t('facts.type'), value: media.mimeType },
    { name: t('facts.size'), value: format.bytes(media.sizeBytes) },
    ...(width === null || height === null
      ? []
      : [{ name: t('facts.dimensions'), value: t('facts.dimensionsValue', { width, height }) }]),
    ...(durationSeconds === null ? [] : [{ name: t('facts.duration'), value: format.duration(durationSeconds) }]),
    { name: t('facts.fileName'), value: media.originalFileName },
    { name: t('facts.uploaded'), value: format.dateTime(media.uploadedAt) },
    { name: t('facts.uploadedBy'), value: uploadedBy?.name ?? t('facts.unknown') },
    { name: t('facts.updated'), value: format.dateTime(media.updatedAt) },
    ...(hasPlace
      ? [
          { name: t('facts.folder'), value: folder?.path ?? t('edit.root') },
          { name: t('facts.tags'), value: tags.length === 0 ? t('edit.noTags') : <Tags tags={tags} /> },
        ]
      : []),
  ]
  return <FactList facts={facts} />
}
