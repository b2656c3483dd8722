import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type MediaFacets, useMayListUsers, useUploaderName, useUploaderSuggestions } from '../../data/facets.ts'
import { SuggestField } from '../ui/SuggestField.tsx'
import styles from './Facets.module.css'
import { FacetValues } from './FacetValues.tsx'
import type { LibrarySearch } from './search.ts'

interface UploaderFilterProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  facets: MediaFacets | undefined
}

/** Chooses a person whose uploads are listed. */
export const UploaderFilter = ({ search: { by }, onSearch, facets }: UploaderFilterProps) => {
  const t = useTranslations('filters')
  const mayListUsers = useMayListUsers()
  const [text, setText] = useState<string | null>(null)
  const { data: suggestions } = useUploaderSuggestions(text ?? '', text !== null && mayListUsers)
  const { data: user } = useUploaderName(by)
  const values = facets?.uploaders?.map(({ user, count }) => ({ key: user.id, label: user.name, count }))
  if (by !== undefined && values?.some(({ key }) => key === by) === false)
    values.unshift({ key: by, label: user?.name ?? t('somePerson'), count: 0 })
  return (
    <>
      {mayListUsers && (
        <div className={styles.field}>
          <SuggestField
            label={t('findUploader')}
            emptyText={t('noUploader')}
            suggestions={suggestions?.map(({ id, name, externalId }) => ({ key: id, label: name, hint: externalId }))}
            onSearch={setText}
            onChoose={(id) => onSearch({ by: id })}
          />
        </div>
      )}
      <FacetValues
        label={t('uploaders')}
        values={values}
        active={by === undefined ? [] : [by]}
        isSingle
        onToggle={(id) => onSearch({ by: id === by ? undefined : id })}
      />
    </>
  )
}
