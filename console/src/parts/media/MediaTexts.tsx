import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { FactList, Tags } from './MediaFacts.tsx'

/** Texts of a media for those who may not change them. */
export const MediaTexts = ({ media }: { media: MediaDetail }) => {
  const t = useTranslations('media.edit')
  return (
    <FactList
      facts={[
        { name: t('title'), value: media.title },
        { name: t('description'), value: media.description ?? t('none') },
        { name: t('altText'), value: media.altText ?? t('none') },
        { name: t('tags'), value: media.tags.length === 0 ? t('noTags') : <Tags tags={media.tags} /> },
        { name: t('folder'), value: media.folder?.path ?? t('root') },
        { name: t('fileName'), value: media.fileName },
        ...(media.externalId === null ? [] : [{ name: t('externalId'), value: media.externalId }]),
      ]}
    />
  )
}
