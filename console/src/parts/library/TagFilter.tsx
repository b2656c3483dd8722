import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaFacets } from '../../data/facets.ts'
import { useTagSuggestions } from '../../data/tags.ts'
import { useFormat } from '../format.ts'
import { Chip } from '../ui/Chip.tsx'
import { SuggestField } from '../ui/SuggestField.tsx'
import styles from './Facets.module.css'
import { FacetValues } from './FacetValues.tsx'
import { type LibrarySearch, toggled } from './search.ts'

interface TagFilterProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  facets: MediaFacets | undefined
}

/** Chooses tags, all of which the media must have. */
export const TagFilter = ({ search: { tag: tags = [] }, onSearch, facets }: TagFilterProps) => {
  const t = useTranslations('filters')
  const format = useFormat()
  const [text, setText] = useState<string | null>(null)
  const { data: suggestions } = useTagSuggestions(text ?? '', text !== null)
  const values = facets?.tags?.map(({ name, count }) => ({ key: name, label: name, count }))
  const toggle = (tag: string) => onSearch({ tag: toggled(tags, tag) })
  return (
    <>
      {tags.length > 0 && (
        <div className={styles.badges}>
          {tags.map((tag) => (
            <Chip key={tag} removeLabel={t('removeTag', { tag })} onRemove={() => toggle(tag)}>
              {tag}
            </Chip>
          ))}
        </div>
      )}
      <div className={styles.field}>
        <SuggestField
          label={t('findTag')}
          emptyText={t('noTag')}
          suggestions={suggestions
            ?.filter(({ name }) => !tags.includes(name))
            .map(({ name, count }) => ({ key: name, label: name, hint: format.number(count) }))}
          onSearch={setText}
          onChoose={toggle}
        />
      </div>
      <FacetValues
        label={t('tags')}
        values={values?.filter(({ key }) => !tags.includes(key))}
        active={tags}
        onToggle={toggle}
      />
    </>
  )
}
