import { ImageOff } from 'lucide-react'
import { useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { useTranslations } from 'use-intl'
import { type AssignableMedia, useAssignableMedia } from '../../data/assignments.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { AssignedMedia } from './AssignedMedia.tsx'
import styles from './Choice.module.css'

interface MediaChoiceProps {
  chosen: AssignableMedia | null
  onChoose(media: AssignableMedia | null): void
}

/** A list of media that are ready, of which one is chosen. */
export const MediaChoice = ({ chosen, onChoose }: MediaChoiceProps) => {
  const t = useTranslations('playground')
  const library = useTranslations('library')
  const [text, setText] = useState('')
  const { data: media, error } = useAssignableMedia(useDebounced(text.trim()))
  if (error !== null && media === undefined) throw error
  return (
    <section className={styles.column} aria-label={t('media')}>
      <h2>{t('media')}</h2>
      <SearchField label={t('searchMedia')} clearLabel={t('clearSearch')} value={text} onChange={setText} />
      {media === undefined ? (
        <Skeleton height="20rem" />
      ) : (
        <ListBox
          className={styles.list}
          aria-label={t('media')}
          items={media}
          selectionMode="single"
          selectedKeys={chosen === null ? [] : [chosen.id]}
          onSelectionChange={(keys) => {
            const [key] = keys === 'all' ? [] : [...keys]
            onChoose(media.find(({ id }) => id === key) ?? null)
          }}
          renderEmptyState={() => (
            <EmptyState icon={<ImageOff size={24} aria-hidden />} title={text === '' ? t('noMedia') : t('noMatch')} />
          )}
        >
          {(item) => (
            <ListBoxItem id={item.id} className={styles.item} textValue={item.title}>
              <AssignedMedia media={item} title={item.title} detail={library('kind', { kind: item.kind })} />
            </ListBoxItem>
          )}
        </ListBox>
      )}
    </section>
  )
}
